#include "cli/values_mount.hpp"

#include "cli/readers.hpp"
#include "cli/values.hpp"
#include "text/go_quote.hpp"

#include <algorithm>
#include <glob.h>
#include <memory>
#include <set>

namespace skiff::cli {
namespace {

using text::go_quoted;

constexpr std::string_view needs_argument = ": must provide an argument for option";

/// One --mount, taken apart; `type` is kept as written, because "glob" is no type of a mount.
class MountOptions
{
  public:
    explicit MountOptions(std::string_view text)
    {
        std::vector<std::string> tokens = split_commas(text);
        for (const std::string& token : tokens) {
            const Cut cut = cut_at(token, '=');
            if (cut.head == "type" && cut.tail)
                type_ = *cut.tail;
        }
        set_type(text);
        for (const std::string& token : tokens)
            apply(token);
        check();
    }

    [[nodiscard]] const MountRequest& mount() const { return mount_; }
    [[nodiscard]] bool is_glob() const { return type_ == "glob"; }

  private:
    void set_type(std::string_view text)
    {
        if (type_.empty() && text.find('=') == std::string_view::npos)
            throw usage_error(
                cat("invalid mount format ", go_quoted(text), ": it is written type=TYPE,target=DIR[,...]"));
        MountConfig& config = mount_.config;
        if (type_.empty())
            type_ = "volume"; // as Docker
        if (type_ == "bind" || type_ == "glob")
            config.type = MountType::Bind;
        else if (type_ == "volume")
            config.type = MountType::Volume;
        else if (type_ == "tmpfs")
            config.type = MountType::Tmpfs;
        else if (type_ == "image")
            config.type = MountType::Image;
        else if (type_ == "devpts")
            config.type = MountType::Devpts;
        else if (type_ == "ramfs")
            throw usage_error("type=ramfs is not supported: use type=tmpfs");
        else if (type_ == "artifact")
            throw usage_error("type=artifact is not supported: artifacts are not built yet");
        else
            throw usage_error(cat("invalid filesystem type ", go_quoted(type_)));
        if (config.type == MountType::Image)
            config.read_only = true;
    }

    [[nodiscard]] bool is(MountType type) const { return mount_.config.type == type; }

    void only_for(std::string_view name, bool fits) const
    {
        if (!fits)
            throw usage_error(cat(go_quoted(name), " option not supported for ", go_quoted(type_), " mount types"));
    }

    static const std::string& value_of(const Cut& cut)
    {
        if (!cut.tail)
            throw usage_error(cat(cut.head, needs_argument));
        return *cut.tail;
    }

    /// true, false, or nothing, which is true.
    static bool switch_of(const Cut& cut)
    {
        return !cut.tail || cut.tail->empty() || *cut.tail == "1" || *cut.tail == "true" || *cut.tail == "TRUE";
    }

    void once(std::string_view what, std::string_view names)
    {
        if (!seen_.insert(std::string{what}).second)
            throw usage_error(cat("cannot pass ", names, " more than once", needs_argument));
    }

    void apply(const std::string& token)
    {
        const Cut cut = cut_at(token, '=');
        const std::string& name = cut.head;
        if (name == "type" || name == "consistency")
            return;
        if (!apply_place(cut) && !apply_common(cut) && !apply_bind(cut) && !apply_tmpfs(cut) && !apply_volume(cut) &&
            !apply_devpts(token, cut))
            throw usage_error(cat(printable(name), ": invalid mount option"));
    }

    bool apply_place(const Cut& cut)
    {
        const std::string& name = cut.head;
        MountConfig& config = mount_.config;
        if (name == "src" || name == "source") {
            only_for(name, !is(MountType::Tmpfs) && !is(MountType::Devpts));
            once("source", go_quoted(name) + " option");
            if (value_of(cut).empty())
                throw usage_error(cat("host directory cannot be empty", needs_argument));
            config.source = is(MountType::Bind) ? absolute_path(*cut.tail) : *cut.tail;
            return true;
        }
        if (name == "dst" || name == "dest" || name == "destination" || name == "target") {
            once("target", go_quoted(name) + " option");
            config.target = read_container_path(value_of(cut));
            return true;
        }
        if (name == "subpath" || name == "volume-subpath" || name == "image-subpath") {
            if (!is(MountType::Volume) && !is(MountType::Image))
                throw usage_error(cat("cannot set option ", go_quoted(name), " on non-volume mounts"));
            config.subpath = value_of(cut);
            if (is(MountType::Image) && !config.subpath.starts_with('/'))
                throw usage_error(cat("volume subpath ", go_quoted(config.subpath), " must be an absolute path"));
            return true;
        }
        return false;
    }

    bool apply_common(const Cut& cut)
    {
        const std::string& name = cut.head;
        MountConfig& config = mount_.config;
        if (name == "ro" || name == "readonly" || name == "rw" || name == "readwrite") {
            once("ro", "'readonly', 'ro', or 'rw' mnt.Options");
            mount_.read_only = config.read_only = switch_of(cut) == (name[1] == 'o' || name == "readonly");
            return true;
        }
        for (const std::string_view flag : {"dev", "exec", "suid"})
            if (name == flag || name == cat("no", flag)) {
                once(flag, cat("'no", flag, "' and '", flag, "' mnt.Options"));
                config.options.push_back(name);
                return true;
            }
        if (name == "U" || name == "chown") {
            once("U", "'U' or 'chown' option");
            config.change_owner = switch_of(cut);
            return true;
        }
        if (name == "relabel" || name == "z" || name == "Z") {
            once("relabel", "'relabel' option");
            mount_.relabel = name == "z" ? "shared" : name == "Z" ? "private" : cut.tail.value_or("");
            if (mount_.relabel != "shared" && mount_.relabel != "private")
                throw usage_error("relabel mount option must be 'private' or 'shared': invalid mount option");
            return true;
        }
        if (name == "idmap")
            throw usage_error("idmap is not supported: id-mapped mounts need privileges over the whole machine");
        return false;
    }

    bool apply_bind(const Cut& cut)
    {
        static constexpr std::string_view propagations[] = {"shared", "rshared", "private",    "rprivate",
                                                            "slave",  "rslave",  "unbindable", "runbindable"};
        const std::string& name = cut.head;
        MountConfig& config = mount_.config;
        const auto known = [&](std::string_view word) {
            return std::find(std::begin(propagations), std::end(propagations), word) != std::end(propagations);
        };
        if (name == "bind-propagation") {
            only_for(name, is(MountType::Bind));
            if (!known(value_of(cut)))
                throw usage_error(cat("invalid value ", go_quoted(cat(name, "=", *cut.tail))));
            config.propagation = *cut.tail;
        } else if (known(name)) {
            only_for(name, is(MountType::Bind) || is(MountType::Volume));
            config.propagation = name;
        } else if (name == "bind-nonrecursive") {
            only_for(name, is(MountType::Bind));
            config.recursive = !switch_of(cut);
        } else if (name == "no-dereference") {
            only_for(name, is(MountType::Bind));
            config.no_dereference = switch_of(cut);
        } else {
            return false;
        }
        return true;
    }

    bool apply_tmpfs(const Cut& cut)
    {
        const std::string& name = cut.head;
        MountConfig& config = mount_.config;
        if (name == "tmpfs-size" || name == "tmpfs-mode") {
            only_for(name, is(MountType::Tmpfs));
            config.options.push_back(cat(name.substr(6), "=", value_of(cut)));
        } else if (name == "tmpcopyup" || name == "notmpcopyup") {
            only_for(name, is(MountType::Tmpfs));
            once("tmpcopyup", "'tmpcopyup' and 'notmpcopyup' mnt.Options");
            mount_.copy_up = config.copy_up = name == "tmpcopyup";
        } else if (name == "noatime" && is(MountType::Tmpfs)) {
            config.options.push_back(name);
        } else if (name == "noswap") {
            throw usage_error(
                "the 'noswap' option is only allowed with rootful tmpfs mounts: must provide an argument for option");
        } else {
            return false;
        }
        return true;
    }

    bool apply_volume(const Cut& cut)
    {
        const std::string& name = cut.head;
        if (name == "volume-nocopy" || name == "nocopy" || name == "copy") {
            only_for(name, is(MountType::Volume));
            mount_.copy_up = mount_.config.copy_up = name == "copy" ? switch_of(cut) : !switch_of(cut);
        } else if (name == "nocreate") {
            only_for(name, is(MountType::Volume));
            mount_.no_create = true;
        } else if (name == "volume-label") {
            only_for(name, is(MountType::Volume));
            add_label(mount_.volume_labels, value_of(cut));
        } else if (name == "volume-opt") {
            only_for(name, is(MountType::Volume));
            Cut option = cut_at(value_of(cut), '=');
            mount_.volume_options[option.head] = std::move(option.tail).value_or("");
        } else if (name == "volume-driver") {
            only_for(name, is(MountType::Volume));
            if (value_of(cut) != "local")
                throw usage_error(cat("volume driver ", quoted(*cut.tail), " is not supported: there is only local"));
        } else {
            return false;
        }
        return true;
    }

    bool apply_devpts(const std::string& token, const Cut& cut)
    {
        const std::string& name = cut.head;
        if (!is(MountType::Devpts) || (name != "uid" && name != "gid" && name != "mode" && name != "ptmxmode" &&
                                       name != "newinstance" && name != "max"))
            return false;
        mount_.config.options.push_back(token);
        return true;
    }

    void check()
    {
        MountConfig& config = mount_.config;
        if (is(MountType::Image) && (config.source.empty() || config.target.empty()))
            throw usage_error("must set source and destination for image volume");
        if (config.target.empty() && !is_glob())
            throw usage_error("must set volume destination");
        if (is(MountType::Bind) && config.source.empty())
            config.source = config.target;
        config.anonymous = is(MountType::Volume) && config.source.empty();
    }

    std::string type_;
    MountRequest mount_;
    std::set<std::string> seen_;
};

/// A bind mount for each file that matches; with a target below it, else at its own place.
void add_matches(std::vector<MountRequest>& mounts, const MountRequest& pattern)
{
    glob_t matches{};
    const int failure = ::glob(pattern.config.source.c_str(), 0, nullptr, &matches);
    const std::unique_ptr<glob_t, decltype(&::globfree)> owner{&matches, &::globfree};
    if (failure != 0 || matches.gl_pathc == 0)
        throw usage_error(cat("no file paths matching glob ", go_quoted(pattern.config.source)));
    for (std::size_t i = 0; i < matches.gl_pathc; ++i) {
        MountRequest mount = pattern;
        const std::string path = matches.gl_pathv[i];
        mount.config.source = path;
        mount.config.target =
            pattern.config.target.empty() ? path : clean_path(cat(pattern.config.target, path.substr(path.rfind('/'))));
        mounts.push_back(std::move(mount));
    }
}

} // namespace

void add_mount(std::vector<MountRequest>& mounts, std::string_view text)
{
    const MountOptions options{text};
    if (options.is_glob())
        add_matches(mounts, options.mount());
    else
        mounts.push_back(options.mount());
}

} // namespace skiff::cli
