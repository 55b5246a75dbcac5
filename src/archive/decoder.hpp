#pragma once

#include "archive/compression.hpp"

#include <memory>
#include <string_view>

namespace skiff::archive {

/// One compressed format. DecompressingSource feeds it, counts what goes in and out, and stops bombs.
struct DecompressingSource::Decoder
{
    Decoder() = default;
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;
    virtual ~Decoder() = default;

    struct Step
    {
        std::size_t taken;
        std::size_t given;
    };
    /// Takes from `input` (empty: there is no more) and gives at most `room` bytes. Throws on what no encoder writes.
    virtual Step step(std::string_view input, char* into, std::size_t room) = 0;
    /// Nothing of a member or frame is pending: the input may end here.
    [[nodiscard]] virtual bool at_boundary() const = 0;
};

// Formats that archives of distributions and old images come in (rare_decoders.cpp). Their libraries are on every Debian, because
// dpkg needs them, and are loaded by the first such stream.
std::unique_ptr<DecompressingSource::Decoder> make_xz_decoder();
std::unique_ptr<DecompressingSource::Decoder> make_bzip2_decoder();
/// Before a process confines itself; a library that is missing is an error only when a stream needs it.
void try_preload_rare_decoders();

} // namespace skiff::archive
