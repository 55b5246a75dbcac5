#include "monitor/monitor_request.hpp"

#include "base/error.hpp"

#include <nlohmann/json.hpp>

namespace skiff::monitor {

std::string encode(const MonitorRequest& r)
{
    const nlohmann::json message = {{"data_dir", r.data_dir},
                                    {"run_dir", r.run_dir},
                                    {"image_stores", r.image_stores},
                                    {"id", r.container_id},
                                    {"single_id", r.single_id},
                                    {"id_map", r.id_map},
                                    {"attach", {r.attach_in, r.attach_out, r.attach_err}},
                                    {"wait_for_start", r.wait_for_start},
                                    {"passthrough", r.passthrough},
                                    {"preserve_fds", r.preserve_fds},
                                    {"rows", r.rows},
                                    {"columns", r.columns},
                                    {"log_level", r.log_level},
                                    {"notify_socket", r.notify_socket}};
    return message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

MonitorRequest decode_monitor_request(std::string_view text)
{
    try {
        const auto m = nlohmann::json::parse(text);
        MonitorRequest r;
        m.at("data_dir").get_to(r.data_dir);
        m.at("run_dir").get_to(r.run_dir);
        m.at("image_stores").get_to(r.image_stores);
        m.at("id").get_to(r.container_id);
        m.at("single_id").get_to(r.single_id);
        m.at("id_map").get_to(r.id_map);
        r.attach_in = m.at("attach").at(0);
        r.attach_out = m.at("attach").at(1);
        r.attach_err = m.at("attach").at(2);
        m.at("wait_for_start").get_to(r.wait_for_start);
        m.at("passthrough").get_to(r.passthrough);
        m.at("preserve_fds").get_to(r.preserve_fds);
        m.at("rows").get_to(r.rows);
        m.at("columns").get_to(r.columns);
        m.at("log_level").get_to(r.log_level);
        m.at("notify_socket").get_to(r.notify_socket);
        return r;
    } catch (const nlohmann::json::exception& problem) {
        throw Error{ErrorKind::Failure, cat("reading the monitor's request: ", problem.what())};
    }
}

} // namespace skiff::monitor
