#pragma once

#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

/// How removals are written down in a layer's directory on disk. A whiteout is a character device 0:0 of the removed
/// name, which every kernel's overlay understands and which the unprivileged may make since Linux 5.8; where that is
/// refused, an empty file `.wh.NAME`. An opaque directory has user.overlay.opaque=y; where attributes are refused, a
/// file `.wh..wh..opq`.
namespace skiff::archive {

constexpr const char* opaque_xattr = "user.overlay.opaque";

enum class WhiteoutForm
{
    Device,
    File
};

/// Makes one; `dir` must have neither `name` nor a whiteout of it. Answers in which form.
WhiteoutForm make_whiteout(int dir, const std::string& name);
void make_opaque(int dir);

bool is_whiteout_device(const struct stat& status);
bool is_opaque(int dir);

/// One name of a directory of a layer.
struct LayerEntry
{
    std::string name;
    unsigned char type; ///< DT_DIR, DT_REG ...; meaningless for whiteouts
    bool whiteout;
};
/// What a layer's directory holds, whiteouts of both forms among it and their marker files not; in no order.
std::vector<LayerEntry> list_layer_directory(int dir);

} // namespace skiff::archive
