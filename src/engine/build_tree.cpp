#include "engine/build_tree.hpp"

#include "base/file.hpp"

namespace skiff::engine {

BuildTree::BuildTree(Engine& engine, const std::string& lock, const std::vector<std::string>& layers, Access access)
    : staging_{(engine.enter_user_namespace(), engine.store().root()), lock}
{
    request_.driver = engine.driver();
    request_.container_dir = staging_.absolute_path();
    request_.volatile_writes = true;
    request_.read_only = access == Access::ReadOnly;
    for (const std::string& layer : layers)
        request_.layers.push_back(engine.store().layers().diff_path(layer));
    request_.twins_dir = engine.store().layers().twins_dir(layers);
    if (layers.empty()) {
        (void)make_directory_at(staging_.fd(), "empty", 0755);
        request_.layers.push_back(request_.container_dir + "/empty");
    }
    root_.emplace(rootfs::mount_rootfs(request_));
}

BuildTree::~BuildTree()
{
    root_.reset(); // before its directory goes
}

void BuildTree::unmount()
{
    root_->unmount();
    root_.reset();
}

} // namespace skiff::engine
