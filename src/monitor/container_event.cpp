#include "monitor/container_event.hpp"

namespace skiff::monitor {

store::Event make_container_event(const ContainerConfig& config, const std::string& action)
{
    store::Event event;
    event.type = "container";
    event.action = action;
    event.id = config.id;
    event.name = config.name;
    event.image = config.image_name;
    event.attributes = config.labels;
    return event;
}

} // namespace skiff::monitor
