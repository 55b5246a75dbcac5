#include "build/run_mount.hpp"

#include "base/error.hpp"
#include "text/ascii_case.hpp"
#include "text/size.hpp"
#include "text/suggest.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace skiff::build {
namespace {

/// The fields of one CSV record: a field may stand in double quotes, a doubled quote inside is a quote.
std::vector<std::string> split_csv(std::string_view text)
{
    std::vector<std::string> fields(1);
    bool is_quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"' && is_quoted && i + 1 < text.size() && text[i + 1] == '"') {
            fields.back() += text[++i];
        } else if (c == '"' && (is_quoted || fields.back().empty())) {
            is_quoted = !is_quoted;
        } else if (c == ',' && !is_quoted) {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    return fields;
}

std::uint32_t parse_id(std::string_view key, std::string_view value)
{
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), id);
    if (value.empty() || error != std::errc{} || end != value.data() + value.size())
        throw Error{ErrorKind::Failure, cat("invalid value ", quoted(value), " for ", key, ": not a number")};
    return id;
}

std::uint32_t parse_mode(std::string_view value)
{
    std::uint32_t mode = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), mode, 8);
    if (value.empty() || error != std::errc{} || end != value.data() + value.size() || mode > 07777)
        throw Error{ErrorKind::Failure, cat("invalid value ", quoted(value), " for mode: not permission bits in octal")};
    return mode;
}

bool parse_bool(std::string_view key, const std::optional<std::string>& value)
{
    if (!value || *value == "true" || *value == "1")
        return true;
    if (*value == "false" || *value == "0")
        return false;
    throw Error{ErrorKind::Failure, cat("invalid value ", quoted(*value), " for ", key, ": neither true nor false")};
}

RunMountType parse_type(std::string_view value)
{
    const std::string type = text::ascii_lower(value);
    if (type == "bind")
        return RunMountType::Bind;
    if (type == "cache")
        return RunMountType::Cache;
    if (type == "tmpfs")
        return RunMountType::Tmpfs;
    if (type == "secret")
        return RunMountType::Secret;
    if (type == "ssh")
        return RunMountType::Ssh;
    throw Error{ErrorKind::Failure, cat("unsupported mount type ", quoted(value))}.with_hint("RUN --mount knows bind, cache, tmpfs, secret and ssh");
}

CacheSharing parse_sharing(std::string_view value)
{
    if (value == "shared")
        return CacheSharing::Shared;
    if (value == "private")
        return CacheSharing::Private;
    if (value == "locked")
        return CacheSharing::Locked;
    throw Error{ErrorKind::Failure, cat("unsupported sharing value ", quoted(value))}.with_hint("sharing is shared, private or locked");
}

/// Which types a key belongs to.
constexpr unsigned bind = 1U << static_cast<unsigned>(RunMountType::Bind);
constexpr unsigned cache = 1U << static_cast<unsigned>(RunMountType::Cache);
constexpr unsigned tmpfs = 1U << static_cast<unsigned>(RunMountType::Tmpfs);
constexpr unsigned secret = 1U << static_cast<unsigned>(RunMountType::Secret);
constexpr unsigned ssh = 1U << static_cast<unsigned>(RunMountType::Ssh);

enum class Key { Target, Source, From, Id, Sharing, ReadOnly, Writable, Required, Env, Mode, Uid, Gid, Size };

struct KnownKey
{
    std::string_view name;
    Key key;
    unsigned types;
};

constexpr std::array known_keys{
    KnownKey{"target", Key::Target, bind | cache | tmpfs | secret | ssh},
    KnownKey{"dst", Key::Target, bind | cache | tmpfs | secret | ssh},
    KnownKey{"destination", Key::Target, bind | cache | tmpfs | secret | ssh},
    KnownKey{"source", Key::Source, bind | cache | secret},
    KnownKey{"src", Key::Source, bind | cache | secret},
    KnownKey{"from", Key::From, bind | cache},
    KnownKey{"id", Key::Id, cache | secret | ssh},
    KnownKey{"sharing", Key::Sharing, cache},
    KnownKey{"ro", Key::ReadOnly, bind | cache},
    KnownKey{"readonly", Key::ReadOnly, bind | cache},
    KnownKey{"rw", Key::Writable, bind | cache},
    KnownKey{"readwrite", Key::Writable, bind | cache},
    KnownKey{"required", Key::Required, secret | ssh},
    KnownKey{"env", Key::Env, secret},
    KnownKey{"mode", Key::Mode, cache | secret | ssh},
    KnownKey{"uid", Key::Uid, cache | secret | ssh},
    KnownKey{"gid", Key::Gid, cache | secret | ssh},
    KnownKey{"size", Key::Size, tmpfs},
    KnownKey{"tmpfs-size", Key::Size, tmpfs},
};

constexpr std::array<std::string_view, 5> type_names{"bind", "cache", "tmpfs", "secret", "ssh"};

struct Field
{
    std::string key;
    std::optional<std::string> value;
};

const KnownKey& find_key(const std::string& name, RunMountType type)
{
    const auto found = std::find_if(known_keys.begin(), known_keys.end(), [&](const KnownKey& key) { return key.name == name; });
    const std::string_view type_name = type_names[static_cast<std::size_t>(type)];
    if (found == known_keys.end()) {
        std::vector<std::string_view> names;
        for (const KnownKey& key : known_keys)
            names.push_back(key.name);
        Error error{ErrorKind::Failure, cat("unexpected key ", quoted(name), " in mount of type ", type_name)};
        if (const std::optional<std::string> nearest = text::find_nearest(name, names))
            error.add_hint(cat("did you mean ", *nearest, "?"));
        throw error;
    }
    if ((found->types & (1U << static_cast<unsigned>(type))) == 0)
        throw Error{ErrorKind::Failure, cat("unexpected key ", quoted(name), " for mount type ", quoted(type_name))};
    return *found;
}

bool has_no_effect(const std::string& key)
{
    return key == "z" || key == "Z" || key == "relabel" || key == "consistency";
}

void apply(RunMount& mount, const KnownKey& known, const Field& field)
{
    if (known.key == Key::ReadOnly) {
        mount.read_only = parse_bool(known.name, field.value);
        return;
    }
    if (known.key == Key::Writable) {
        mount.read_only = !parse_bool(known.name, field.value);
        return;
    }
    if (known.key == Key::Required) {
        mount.required = parse_bool(known.name, field.value);
        return;
    }
    if (!field.value)
        throw Error{ErrorKind::Failure, cat("invalid field ", quoted(field.key), " must be a key=value pair")};
    const std::string& value = *field.value;
    switch (known.key) {
    case Key::Target: mount.target = value; break;
    case Key::Source: mount.source = value; break;
    case Key::From: mount.from = value; break;
    case Key::Id: mount.id = value; break;
    case Key::Sharing: mount.sharing = parse_sharing(value); break;
    case Key::Env: mount.env = value; break;
    case Key::Mode: mount.mode = parse_mode(value); break;
    case Key::Uid: mount.uid = parse_id("uid", value); break;
    case Key::Gid: mount.gid = parse_id("gid", value); break;
    case Key::Size: mount.size = text::parse_bytes(value); break;
    case Key::ReadOnly:
    case Key::Writable:
    case Key::Required: break;
    }
}

std::string base_name(const std::string& path)
{
    return path.substr(path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1);
}

void fill_in(RunMount& mount)
{
    switch (mount.type) {
    case RunMountType::Bind:
    case RunMountType::Cache:
    case RunMountType::Tmpfs:
        if (mount.target.empty())
            throw Error{ErrorKind::Failure, cat("target is required for a mount of type ", type_names[static_cast<std::size_t>(mount.type)])};
        if (mount.type == RunMountType::Cache && mount.id.empty())
            mount.id = mount.target;
        break;
    case RunMountType::Secret:
        if (!mount.id.empty() && !mount.source.empty())
            throw Error{ErrorKind::Failure, "a secret has an id or a source, not both"};
        if (mount.id.empty())
            mount.id = !mount.source.empty() ? mount.source : base_name(mount.target);
        if (mount.id.empty())
            throw Error{ErrorKind::Failure, "a secret needs an id or a target"};
        mount.source.clear();
        if (mount.target.empty() && mount.env.empty())
            mount.target = cat("/run/secrets/", base_name(mount.id));
        break;
    case RunMountType::Ssh:
        if (mount.id.empty())
            mount.id = "default";
        break;
    }
}

} // namespace

RunMount parse_run_mount(std::string_view text)
{
    std::vector<Field> fields;
    RunMount mount;
    for (const std::string& part : split_csv(text)) {
        const std::size_t equals = part.find('=');
        Field field{text::ascii_lower(part.substr(0, equals)), std::nullopt};
        if (part.substr(0, equals) == "Z")
            field.key = "Z";
        if (equals != std::string::npos)
            field.value = part.substr(equals + 1);
        if (field.key == "type" && field.value)
            mount.type = parse_type(*field.value);
        else
            fields.push_back(std::move(field));
    }
    mount.read_only = mount.type == RunMountType::Bind || mount.type == RunMountType::Secret || mount.type == RunMountType::Ssh;
    for (const Field& field : fields)
        if (!has_no_effect(field.key))
            apply(mount, find_key(field.key, mount.type), field);
    fill_in(mount);
    return mount;
}

} // namespace skiff::build
