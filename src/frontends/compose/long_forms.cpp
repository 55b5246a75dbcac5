#include "frontends/compose/long_forms.hpp"

#include "frontends/compose/short_forms.hpp"

#include <algorithm>

namespace skiff::compose {
namespace {

void set_default(Node& record, const char* key, Node value)
{
    if (record.find(key) == nullptr)
        record.set(key, std::move(value));
}

} // namespace

void complete_port(Node& port, const std::string& path)
{
    if (port.find("target") == nullptr)
        throw error_at(port.place, cat(path, " needs a target"));
    for (const char* field : {"target", "published"})
        if (const Node* number = port.find(field); number != nullptr)
            check_port(*number);
    if (const Node* address = port.find("host_ip"); address != nullptr)
        check_host_ip(*address);
    set_default(port, "mode", Node::make_text("ingress", port.place));
    set_default(port, "protocol", Node::make_text("tcp", port.place));
}

void complete_mount(Node& mount, const std::string& path)
{
    const std::string type = mount.text_of("type");
    constexpr std::string_view known[] = {"bind", "volume", "tmpfs", "image"};
    if (type.empty())
        throw error_at(mount.place, cat(path, " needs a type")).with_hint("types are bind, volume, tmpfs and image");
    if (std::find(std::begin(known), std::end(known), type) == std::end(known))
        throw error_at(mount.place, cat(path, ".type ", quoted(type), " is not supported: there are bind, volume, tmpfs and image"));
    const Node* target = mount.find("target");
    if (target == nullptr || !target->text.starts_with('/'))
        throw error_at(mount.place, cat(path, " needs an absolute path as its target"));
    if (type == "bind" && mount.find("source") == nullptr)
        throw error_at(mount.place, cat(path, " of type bind needs a source"));
}

void complete_dependency(Node& dependency)
{
    set_default(dependency, "condition", Node::make_text("service_started", dependency.place));
    set_default(dependency, "required", Node::make_bool(true, dependency.place));
}

void complete_env_file(Node& env_file) { set_default(env_file, "required", Node::make_bool(true, env_file.place)); }

} // namespace skiff::compose
