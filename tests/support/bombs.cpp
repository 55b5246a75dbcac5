#include "tests/support/bombs.hpp"

#include "archive/compression.hpp"
#include "archive/stream.hpp"

namespace skiff::test {

std::string repeat(std::string_view piece, std::size_t times)
{
    std::string text;
    text.reserve(piece.size() * times);
    for (std::size_t i = 0; i < times; ++i)
        text += piece;
    return text;
}

std::string zstd(std::string_view plain)
{
    archive::StringSink out;
    archive::ZstdSink sink{out};
    sink.write(plain);
    sink.finish();
    return out.text();
}

std::string zstd_of_zeros(std::size_t blocks)
{
    std::string frame("\x28\xb5\x2f\xfd\x00\x38", 6); // no size, a window of 128 KiB
    for (std::size_t i = 0; i < blocks; ++i)
        frame += std::string(i + 1 == blocks ? "\x03\x00\x10\x00" : "\x02\x00\x10\x00", 4);
    return frame;
}

} // namespace skiff::test
