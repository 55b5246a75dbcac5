#include "frontends/compose/graph.hpp"

namespace skiff::compose {
namespace {

/// For labels, which are written in marks.
std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : printable(text)) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

std::string block(std::string_view title, const std::vector<std::string>& lines)
{
    std::string out = lines.empty() ? std::string{} : cat("<br/><br/><b>", title, ":</b>");
    for (const std::string& line : lines)
        out += cat("<br/>", escaped(line));
    return out;
}

/// "127.0.0.1:8080:80/udp"
std::string describe_port(const Node& port)
{
    std::string text;
    for (const char* part : {"host_ip", "published"})
        if (const std::string value = port.text_of(part); !value.empty())
            text += cat(value, ":");
    text += port.text_of("target");
    const std::string protocol = port.text_of("protocol");
    return protocol == "tcp" ? text : cat(text, "/", protocol);
}

std::string describe_service(const Service& service, const GraphOptions& options)
{
    std::string label = cat("<font point-size=\"15\">", escaped(service.name), "</font>");
    std::string details;
    if (options.networks)
        details += block("Networks", service.networks);
    if (options.ports) {
        std::vector<std::string> ports;
        if (const Node* list = service.node.find("ports"); list != nullptr)
            for (const Node& port : list->items)
                ports.push_back(describe_port(port));
        details += block("Ports", ports);
    }
    if (options.images)
        details += block("Image", {service.image});
    if (!details.empty())
        label += cat("<font point-size=\"10\">", details, "</font>");
    return cat("\"", service.name, "\" [style=\"filled\" label=<", label, ">];");
}

} // namespace

std::string make_graph(const Project& project, const GraphOptions& options)
{
    std::string out = cat("digraph \"", project.name, "\" {\n", options.indentation, "layout=dot;\n");
    for (const Service& service : project.services) {
        out += cat(options.indentation, describe_service(service, options), "\n");
        std::string others;
        for (const Dependency& dependency : service.depends_on)
            others += cat(others.empty() ? "" : " ", "\"", dependency.service, "\"");
        if (!others.empty())
            out += cat(options.indentation, "\"", service.name, "\" -> {", others, "};\n");
    }
    return out + "}\n";
}

} // namespace skiff::compose
