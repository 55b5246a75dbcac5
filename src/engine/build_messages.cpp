#include "engine/build_messages.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/overloaded.hpp"
#include "text/json_fields.hpp"

#include <nlohmann/json.hpp>
#include <sys/mman.h>
#include <unistd.h>

namespace skiff::engine::stage_message {
namespace {

using nlohmann::json;

constexpr std::size_t max_text = 5000; ///< two such texts fit into a message, even when every byte is escaped
constexpr std::size_t max_stage_bytes = 64U << 20U;

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string cut(const std::string& text) { return text.size() > max_text ? text.substr(0, max_text) + "..." : text; }

} // namespace

std::string encode(const Message& message)
{
    const json value = std::visit(
        Overloaded{
            [](const StepBegins& m) { return json{{"kind", "step"}, {"number", m.number}, {"count", m.count}, {"text", cut(m.text)}}; },
            [](const StepDone& m) { return json{{"kind", "step done"}, {"cached", m.cached}, {"id", m.id}}; },
            [](const Note& m) { return json{{"kind", "note"}, {"line", cut(m.line)}}; },
            [](const Say& m) { return json{{"kind", "say"}, {"line", cut(m.line)}}; },
            [](const PlaceLost& m) { return json{{"kind", "place lost"}, {"place", cut(m.place)}, {"why", cut(m.why)}}; },
            [](const Need& m) { return json{{"kind", "need"}, {"stage", m.stage}}; },
            [](const Finished&) { return json{{"kind", "finished"}}; },
            [](const Failed& m) {
                return json{{"kind", "failed"},
                            {"error", static_cast<int>(m.error.kind)},
                            {"errno", m.error.errno_value},
                            {"message", cut(m.error.message)},
                            {"hint", cut(m.error.hint)},
                            {"code", m.code}};
            },
        },
        message);
    return dump(value);
}

Message decode(std::string_view text)
{
    const json document = text::parse_strict_json(text);
    const text::JsonFields fields{document};
    const std::string kind = fields.text("kind");
    if (kind == "step")
        return StepBegins{fields.unsigned_integer("number"), fields.unsigned_integer("count"), fields.text("text")};
    if (kind == "step done")
        return StepDone{fields.flag("cached"), fields.text("id")};
    if (kind == "note")
        return Note{fields.text("line")};
    if (kind == "say")
        return Say{fields.text("line")};
    if (kind == "place lost")
        return PlaceLost{fields.text("place"), fields.text("why")};
    if (kind == "need")
        return Need{fields.unsigned_integer("stage")};
    if (kind == "finished")
        return Finished{};
    Failed failed;
    failed.error.kind = static_cast<ErrorKind>(fields.integer("error"));
    failed.error.errno_value = static_cast<int>(fields.integer("errno"));
    failed.error.message = fields.text("message");
    failed.error.hint = fields.text("hint");
    failed.code = static_cast<int>(fields.integer("code"));
    return failed;
}

UniqueFd write_stage(const StageImage& stage)
{
    json value;
    value["config"] = stage.draft.config.serialize();
    value["layers"] = stage.layers;
    value["base_layers"] = stage.base_layers;
    value["annotations"] = stage.draft.annotations;
    value["diff_ids"] = json::array();
    for (const oci::Digest& id : stage.draft.diff_ids)
        value["diff_ids"].push_back(id.text());
    value["descriptors"] = json::array();
    for (const oci::Descriptor& descriptor : stage.draft.layers)
        value["descriptors"].push_back(json(oci::to_json(descriptor)));
    value["args"] = json::array();
    for (const build::DeclaredArg& arg : stage.args)
        value["args"].push_back(arg.value ? json{{"name", arg.name}, {"value", *arg.value}} : json{{"name", arg.name}});
    value["steps"] = json::array();
    for (const StageImage::CachedLayer& step : stage.steps)
        value["steps"].push_back(json{{"key", step.key}, {"layers", step.layers}});
    UniqueFd file{::memfd_create("skiff-stage", MFD_CLOEXEC)};
    if (!file)
        throw Error{errno, "keeping the result of a stage"};
    write_all(file.get(), dump(value), "the result of a stage");
    return file;
}

StageImage read_stage(int fd)
{
    if (::lseek(fd, 0, SEEK_SET) != 0)
        throw Error{errno, "reading the result of a stage"};
    const std::string text = read_all(fd, max_stage_bytes, "the result of a stage");
    const json document = text::parse_strict_json(text, {max_stage_bytes, 64, 500'000});
    const text::JsonFields fields{document};
    StageImage stage;
    stage.draft.config = oci::ImageConfig::parse(fields.text("config"));
    stage.layers = fields.texts("layers");
    stage.base_layers = fields.unsigned_integer("base_layers");
    stage.draft.annotations = fields.text_map("annotations");
    for (const std::string& id : fields.texts("diff_ids"))
        stage.draft.diff_ids.push_back(oci::Digest::parse(id));
    for (const text::JsonFields& descriptor : fields.objects("descriptors"))
        stage.draft.layers.push_back(oci::parse_descriptor(descriptor));
    for (const text::JsonFields& arg : fields.objects("args"))
        stage.args.push_back({arg.text("name"), arg.find_text("value")});
    for (const text::JsonFields& step : fields.objects("steps"))
        stage.steps.push_back({step.text("key"), step.unsigned_integer("layers")});
    return stage;
}

} // namespace skiff::engine::stage_message
