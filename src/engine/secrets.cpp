#include "engine/secrets.hpp"

#include "base/error.hpp"
#include "engine/image_list.hpp"
#include "engine/name_pattern.hpp"
#include "text/go_quote.hpp"
#include "text/time_format.hpp"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;
using store::Secret;

void add_event(Engine& engine, const char* action, const std::string& id)
{
    store::Event event;
    event.type = "secret";
    event.action = action;
    event.id = id;
    engine.store().events().try_add(std::move(event));
}

void require_driver(const NewSecret& secret)
{
    if (secret.driver != "file" && secret.driver != "pass" && secret.driver != "shell")
        throw Error{ErrorKind::Usage, "invalid driver"}.with_hint("secrets are kept by the driver file");
    if (secret.driver != "file")
        throw Error{ErrorKind::Usage, cat("secret driver ", quoted(secret.driver),
                                          " is not supported: it runs commands of the user's choice")}
            .with_hint("give the command's output to the driver file: pass show X | skiff secret create X -");
    if (secret.options.contains("path"))
        throw Error{ErrorKind::Usage, "driver option path is not supported: secrets are kept in the data directory"}
            .with_hint("--root chooses another data directory");
}

using Predicate = std::function<bool(const Secret&)>;

Predicate make_predicate(const Filter& filter)
{
    if (filter.key == "name")
        return [fits = make_name_pattern(filter.value)](const Secret& secret) { return fits(secret.name); };
    if (filter.key == "id")
        return [fits = make_name_pattern(filter.value)](const Secret& secret) { return fits(secret.id); };
    if (filter.key == "label")
        return [value = filter.value](const Secret& secret) { return has_label(secret.labels, value); };
    throw Error{ErrorKind::Usage, cat("invalid filter ", text::go_quoted(filter.key))};
}

} // namespace

std::string create_secret(Engine& engine, const NewSecret& secret)
{
    require_driver(secret);
    Secret record;
    record.name = secret.name;
    record.driver = secret.driver;
    record.labels = secret.labels;
    record.options = secret.options;
    const auto made =
        engine.store().secrets().create(std::move(record), secret.content, secret.if_taken, engine.store().use());
    if (made.is_new)
        add_event(engine, "create", made.id);
    return made.id;
}

std::vector<Secret> list_secrets(Engine& engine, const std::vector<Filter>& filters)
{
    std::map<std::string, std::vector<Predicate>> by_key; // of one key, one value is enough
    for (const Filter& filter : filters) {
        Predicate one = make_predicate(filter);
        if (filter.negated)
            one = [one = std::move(one)](const Secret& secret) { return !one(secret); };
        by_key[filter.negated ? cat(filter.key, by_key.size()) : filter.key].push_back(std::move(one));
    }
    std::vector<Secret> secrets = engine.store().secrets().list();
    std::erase_if(secrets, [&](const Secret& secret) {
        return !std::all_of(by_key.begin(), by_key.end(), [&](const auto& entry) {
            return std::any_of(entry.second.begin(), entry.second.end(),
                               [&](const Predicate& fits) { return fits(secret); });
        });
    });
    return secrets;
}

std::string remove_secret(Engine& engine, const std::string& text)
{
    std::string id = engine.store().secrets().remove(text);
    add_event(engine, "remove", id);
    return id;
}

Json make_secret_document(const Secret& secret, const std::optional<std::string>& content)
{
    const auto map_of = [](const std::map<std::string, std::string>& pairs) {
        Json object = Json::object();
        for (const auto& [key, value] : pairs)
            object[key] = value;
        return object;
    };
    Json document{{"ID", secret.id},
                  {"CreatedAt", text::format_rfc3339_nano(secret.created, text::Zone::Local)},
                  {"UpdatedAt", text::format_rfc3339_nano(secret.updated, text::Zone::Local)},
                  {"Spec",
                   {{"Name", secret.name},
                    {"Driver", {{"Name", secret.driver}, {"Options", map_of(secret.options)}}},
                    {"Labels", map_of(secret.labels)}}}};
    if (content)
        document["SecretData"] = *content;
    return document;
}

} // namespace skiff::engine
