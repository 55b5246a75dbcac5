#include "frontends/compose/mount_words.hpp"

#include "base/cat.hpp"
#include "frontends/compose/option_text.hpp"
#include "frontends/compose/option_words.hpp"

#include <algorithm>

namespace skiff::compose {
namespace {

class Mounts
{
  public:
    explicit Mounts(const Subject& subject) : subject_{subject} {}

    std::vector<std::string> make()
    {
        add_mounts();
        return words_.take();
    }

  private:
    void add_mounts()
    {
        std::vector<std::string> own;
        if (const Node* volumes = node_.find("volumes"); volumes != nullptr)
            for (const Node& mount : volumes->items) {
                own.push_back(mount.text_of("target"));
                add_mount(mount);
            }
        words_.add_list("tmpfs", "tmpfs", false);
        for (const auto& [target, volume] : subject_.instance.kept_volumes)
            if (std::find(own.begin(), own.end(), target) == own.end())
                add_kept_volume(volume, target);
        if (subject_.one_off != nullptr)
            for (const std::string& text : subject_.one_off->volumes)
                words_.add("volume", text);
        if (const Node* from = node_.find("volumes_from"); from != nullptr)
            for (const Node& one : from->items)
                words_.add("volumes-from", volumes_from(one.text));
        words_.add_flag("read_only", "read-only");
        words_.add_text("shm_size", "shm-size");
    }

    [[nodiscard]] std::string volumes_from(const std::string& text) const
    {
        constexpr std::string_view prefix = "container:";
        if (text.starts_with(prefix))
            return text.substr(prefix.size());
        const std::size_t colon = text.find(':');
        const Service& other = subject_.project.service(text.substr(0, colon));
        return cat(other.container_name_of(subject_.project.name, 1), colon == std::string::npos ? "" : text.substr(colon));
    }

    void add_kept_volume(const std::string& volume, const std::string& target)
    {
        if (target.find(':') == std::string::npos)
            words_.add("volume", cat(volume, ":", target));
        else
            words_.add("mount", joined({"type=volume", cat("source=", volume), csv_field(cat("target=", target))}, ","));
    }

    void add_mount(const Node& mount)
    {
        const std::string type = mount.text_of("type");
        const std::string target = mount.text_of("target");
        const Node* own = mount.find(type);
        const auto own_text = [&](const char* field) { return own == nullptr ? std::string{} : own->text_of(field); };
        std::vector<std::string> options;
        const bool read_only = mount.flag_of("read_only");
        if (type == "tmpfs") {
            if (const std::string size = own_text("size"); !size.empty())
                options.push_back(cat("size=", size));
            if (const std::string mode = own_text("mode"); !mode.empty())
                options.push_back(cat("mode=", mode));
            if (read_only)
                options.emplace_back("ro");
            words_.add("tmpfs", cat(target, options.empty() ? "" : ":", joined(options, ",")));
            return;
        }
        std::string source = mount.text_of("source");
        if (type == "volume" && !source.empty())
            source = subject_.project.find_volume(source)->name;
        if (type == "volume" && source.empty())
            if (const auto kept = subject_.instance.kept_volumes.find(target); kept != subject_.instance.kept_volumes.end())
                source = kept->second;
        const std::string subpath = own_text("subpath");
        const bool needs_long = type == "image" || !subpath.empty() || source.find(':') != std::string::npos || target.find(':') != std::string::npos;
        if (needs_long) {
            std::vector<std::string> fields{cat("type=", type)};
            if (!source.empty())
                fields.push_back(csv_field(cat("source=", source)));
            fields.push_back(csv_field(cat("target=", target)));
            if (!subpath.empty())
                fields.push_back(csv_field(cat("subpath=", subpath)));
            if (read_only)
                fields.emplace_back("readonly");
            if (type == "image" && mount.text_of("read_only") == "false")
                fields.emplace_back("rw=true");
            if (const std::string propagation = own_text("propagation"); !propagation.empty())
                fields.push_back(cat("bind-propagation=", propagation));
            words_.add("mount", joined(fields, ","));
            return;
        }
        if (read_only)
            options.emplace_back("ro");
        for (const char* field : {"selinux", "propagation"})
            if (const std::string value = own_text(field); type == "bind" && !value.empty())
                options.push_back(value);
        if (type == "bind" && own_text("recursive") == "disabled")
            options.emplace_back("bind");
        if (type == "volume" && own != nullptr && own->flag_of("nocopy"))
            options.emplace_back("nocopy");
        if (const Node* further = mount.find("x-options"); further != nullptr)
            for (const Node& option : further->items)
                options.push_back(option.text);
        words_.add("volume", cat(source, source.empty() ? "" : ":", target, options.empty() ? "" : ":", joined(options, ",")));
    }

    const Subject& subject_;
    const Node& node_ = subject_.service.node;
    OptionWords words_{node_};
};

} // namespace

std::vector<std::string> make_mount_words(const Subject& subject)
{
    return Mounts{subject}.make();
}

std::vector<std::string> missing_bind_sources(const Service& service)
{
    std::vector<std::string> sources;
    if (const Node* volumes = service.node.find("volumes"); volumes != nullptr)
        for (const Node& mount : volumes->items)
            if (const Node* bind = mount.find("bind"); mount.text_of("type") == "bind" && bind != nullptr && bind->flag_of("create_host_path"))
                sources.push_back(mount.text_of("source"));
    return sources;
}

} // namespace skiff::compose
