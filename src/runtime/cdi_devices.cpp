#include "runtime/cdi_devices.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "runtime/hooks.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

namespace skiff::runtime {
namespace {

constexpr std::size_t largest_file = 4U << 20U;

struct Found
{
    std::shared_ptr<const CdiSpec> spec;
    const CdiDevice* device = nullptr;
    std::string directory, file;
    bool is_ambiguous = false;
    std::string other_file;
};

class Catalogue
{
  public:
    void read(const std::string& directory)
    {
        const auto opened = find_at(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
        if (!opened)
            return;
        for (const DirectoryEntry& entry : list_directory(opened->get())) {
            const bool is_json = entry.name.ends_with(".json");
            if (!is_json && !entry.name.ends_with(".yaml") && !entry.name.ends_with(".yml"))
                continue;
            try {
                const std::string text = read_file(opened->get(), entry.name, largest_file);
                add(directory, entry.name, is_json ? parse_cdi_json(text) : parse_cdi_yaml(text));
            } catch (const Error& error) { // told when a device is missing
                problems_.push_back(cat(directory, "/", entry.name, ": ", error.message()));
            }
        }
    }

    [[nodiscard]] const Found* find(const std::string& name) const
    {
        const auto found = devices_.find(name);
        if (found == devices_.end())
            return nullptr;
        if (found->second.is_ambiguous)
            throw Error{ErrorKind::Failure, cat("the CDI device ", quoted(name), " is described twice in ", found->second.directory, ": by ",
                                                found->second.file, " and ", found->second.other_file)};
        return &found->second;
    }
    [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

  private:
    void add(const std::string& directory, const std::string& file, CdiSpec parsed)
    {
        const auto spec = std::make_shared<const CdiSpec>(std::move(parsed));
        for (const CdiDevice& device : spec->devices) {
            Found& known = devices_[cat(spec->kind, "=", device.name)];
            if (known.directory == directory) {
                known.is_ambiguous = true;
                known.other_file = file;
            } else {
                known = {spec, &device, directory, file, false, {}};
            }
        }
    }

    std::map<std::string, Found> devices_; ///< by full name
    std::vector<std::string> problems_;
};

Error unresolvable(const std::vector<std::string>& names, const std::vector<std::string>& directories, const std::vector<std::string>& problems)
{
    const auto join = [](const std::vector<std::string>& words, const char* between) {
        std::string text;
        for (const std::string& word : words)
            text += cat(text.empty() ? "" : between, word);
        return text;
    };
    Error error{ErrorKind::NotFound, cat("unresolvable CDI devices ", join(names, ", "))};
    if (!problems.empty())
        error.add_hint(cat("not readable: ", join(problems, "; ")));
    else if (names.front().starts_with("nvidia.com/"))
        error.add_hint(cat("no file in ", join(directories, ", "), " describes it; `nvidia-ctk cdi generate --output=",
                           directories.back(), "/nvidia.yaml` writes one for the cards of this machine"));
    else
        error.add_hint(cat("no file in ", join(directories, ", "), " describes it"));
    return error;
}

template <typename Item>
void append(std::vector<Item>& to, const std::vector<Item>& from)
{
    to.insert(to.end(), from.begin(), from.end());
}

void add(CdiEdits& to, const CdiEdits& from)
{
    append(to.env, from.env);
    append(to.devices, from.devices);
    append(to.mounts, from.mounts);
    append(to.groups, from.groups);
    add_hooks(to.hooks, from.hooks);
}

} // namespace

CdiEdits load_cdi_edits(const std::vector<std::string>& directories, const std::vector<std::string>& names)
{
    Catalogue catalogue;
    for (const std::string& directory : directories)
        catalogue.read(directory);
    CdiEdits edits;
    std::set<const CdiSpec*> used;
    std::set<std::string> seen;
    std::vector<std::string> missing;
    for (const std::string& name : names) {
        if (!seen.insert(name).second)
            continue;
        const Found* found = catalogue.find(name);
        if (found == nullptr) {
            missing.push_back(name);
            continue;
        }
        if (used.insert(found->spec.get()).second)
            add(edits, found->spec->common);
        add(edits, found->device->edits);
    }
    if (!missing.empty())
        throw unresolvable(missing, directories, catalogue.problems());
    return edits;
}

void apply(const CdiEdits& edits, ContainerConfig& config)
{
    for (const std::string& variable : edits.env) {
        const std::string name = variable.substr(0, variable.find('=') + 1);
        std::erase_if(config.env, [&](const std::string& known) { return known.starts_with(name); });
        config.env.push_back(variable);
    }
    for (const DeviceConfig& device : edits.devices)
        if (std::none_of(config.devices.begin(), config.devices.end(),
                         [&](const DeviceConfig& known) { return known.container_path == device.container_path; }))
            config.devices.push_back(device);
    for (const MountConfig& mount : edits.mounts)
        if (std::none_of(config.mounts.begin(), config.mounts.end(), [&](const MountConfig& known) { return known.target == mount.target; }))
            config.mounts.push_back(mount);
    append(config.groups, edits.groups);
}

} // namespace skiff::runtime
