#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace skiff::store {

class Store;

/// Something that is not as it should be.
struct Damage
{
    enum class Of { Layer, Image, Container, Volume, Store };
    Of of = Of::Store;
    std::string id;   ///< the chain id, the image's or container's id, the volume's name; of the store: what it is
    std::string text; ///< what is wrong with it
    bool read_only = false; ///< it lies in an additional image store: nobody here can mend it
};

/// What a process left behind that was killed: it takes space, and does no harm. The next removal takes it away.
struct Leftover
{
    std::string text;
    bool is_old = false; ///< older than CheckOptions::max_age
};

struct CheckOptions
{
    bool quick = false; ///< do not read the content of layers
    std::chrono::seconds max_age{24 * 3600}; ///< what nobody needs and is older counts as damage
};

struct Findings
{
    std::vector<Damage> damages;
    std::vector<Leftover> leftovers;
};

/// Compares what the store holds with itself: records with documents, names with records, chain ids with diff ids, layers
/// with the archives that they were unpacked from. Changes nothing. Inside the user namespace. Commands that go on meanwhile
/// are no damage: what vanishes while it is looked at is passed over.
Findings check(const Store& store, const CheckOptions& options);

/// Puts back what costs nothing: missing directories of the layout, records and directories with other owners or modes than
/// ours, names of containers.
void mend_layout(const Store& store);

/// Compares a layer's directory (layers/HEX) with the archive that tar-split.zst says it came from: every byte, and of every
/// entry its type, owner and mode. Returns what is wrong.
std::vector<std::string> check_layer_content(int layer_dir, const std::string& diff_id, bool one_id);

} // namespace skiff::store
