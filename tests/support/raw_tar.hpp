#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Tar archives byte by byte, wrong ones included: nothing here is checked, so that the reader's checks can be.
namespace skiff::test {

/// The fields of a header block as the bytes that go there.
struct RawHeader
{
    std::string name;
    char type = '0';
    std::string link_name;
    std::string mode = "0000644";
    std::string uid = "0000000";
    std::string gid = "0000000";
    std::string size = {}; ///< empty: that of the content
    std::string time = "00000000012";
    std::string user = {};
    std::string group = {};
    std::string magic = std::string("ustar\0"
                                    "00",
                                    8);
    std::string device_major = {};
    std::string device_minor = {};
    std::string prefix = {};
    std::string tail = {}; ///< bytes from offset 345 on, instead of the prefix (GNU)
    int check_sum_error = 0;
};

class RawTar
{
  public:
    RawTar& add(RawHeader header, std::string_view content = "");
    RawTar& file(std::string name, std::string_view content = "", std::string mode = "0000644");
    RawTar& directory(std::string name, std::string mode = "0000755");
    RawTar& symlink(std::string name, std::string target);
    RawTar& hard_link(std::string name, std::string target);
    /// A PAX header for the next entry.
    RawTar& pax(const std::vector<std::pair<std::string, std::string>>& records, char type = 'x');
    RawTar& pax_block(std::string_view content, char type = 'x'); ///< its content as it is
    RawTar& long_name(std::string_view name);
    RawTar& long_link(std::string_view name);
    RawTar& bytes(std::string_view raw);
    /// The bytes so far and the two blocks that mark the end.
    [[nodiscard]] std::string finish() const;
    [[nodiscard]] const std::string& unfinished() const { return bytes_; }

  private:
    std::string bytes_;
};

std::string octal(std::uint64_t value, std::size_t width);
/// `value` in base 256 with the top bit set, as GNU writes what octal digits cannot hold.
std::string base_256(std::int64_t value, std::size_t width);

/// One gzip member, the content stored as it is.
std::string stored_gzip(std::string_view content);

} // namespace skiff::test
