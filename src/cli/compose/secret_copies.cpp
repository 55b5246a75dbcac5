#include "cli/compose/secret_copies.hpp"

#include "base/file.hpp"
#include "base/log.hpp"
#include "engine/secrets.hpp"
#include "frontends/compose/create_words.hpp"

#include <algorithm>

namespace skiff::cli {
namespace {

std::string content_of(const compose::Project& project, const compose::Resource& resource, const std::string& section)
{
    const std::string what = cat(section == "secrets" ? "secret " : "config ", resource.key);
    if (const compose::Node* content = resource.node.find("content"); content != nullptr)
        return content->text;
    if (const std::string file = resource.node.text_of("file"); !file.empty()) {
        if (auto text = find_file(AT_FDCWD, file))
            return std::move(*text);
        throw Error{ErrorKind::NotFound, cat(what, ": the file ", file, " does not exist")};
    }
    const std::string variable = resource.node.text_of("environment");
    const auto value = project.variables.find(variable);
    if (value == project.variables.end())
        throw Error{ErrorKind::NotFound, cat(what, ": the variable ", variable, " is not set")};
    return value->second;
}

} // namespace

SecretCopies::SecretCopies(engine::Engine& engine, const compose::Project& project, const compose::Service& service) : engine_{engine}
{
    for (const auto& [section, known] : {std::pair{"secrets", &project.secrets}, std::pair{"configs", &project.configs}}) {
        const compose::Node* references = service.node.find(section);
        if (references == nullptr)
            continue;
        for (const compose::Node& reference : references->items) {
            const auto resource = std::find_if(known->begin(), known->end(), [&](const compose::Resource& one) { return one.key == reference.text_of("source"); });
            if (resource != known->end() && !names_.contains(cat(section, "/", resource->key)))
                add(section, project, reference, *resource);
        }
    }
}

void SecretCopies::add(const std::string& section, const compose::Project& project, const compose::Node& reference, const compose::Resource& resource)
{
    const std::string key = cat(section, "/", resource.key);
    if (resource.external) {
        if (!engine_.store().secrets().find(resource.name))
            throw Error{ErrorKind::NotFound, cat("external ", section == "secrets" ? "secret" : "config", " \"", resource.name, "\" not found")}.with_hint(
                cat("make it with: skiff secret create ", resource.name, " FILE"));
        names_[key] = resource.name;
        return;
    }
    engine::NewSecret secret;
    secret.content = content_of(project, resource, section);
    // An empty file is no secret; it is mounted as it is, like one that is too large.
    const bool fits = !secret.content.empty() && secret.content.size() < store::Secrets::content_limit_bytes;
    if (!fits && !resource.node.text_of("file").empty() && reference.find("mode") == nullptr && reference.find("uid") == nullptr)
        return;
    secret.name = cat("compose-", project.name, "-", resource.key, "-", random_hex(6));
    secret.labels[compose::labels::project] = project.name;
    engine::create_secret(engine_, secret);
    made_.push_back(secret.name);
    names_[key] = secret.name;
}

SecretCopies::~SecretCopies()
{
    for (const std::string& name : made_) {
        try {
            engine::remove_secret(engine_, name);
        } catch (const Error& error) {
            log::warn(cat("removing a copy of a secret: ", error.message(), "; ignored"));
        }
    }
}

} // namespace skiff::cli
