#pragma once

#include "engine/engine.hpp"
#include "model/filter.hpp"

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

/// Secrets of the store: named values that containers get without that anybody else sees them. A container has what a
/// secret was when the container was created: to remove or replace it changes nothing for containers that exist.
namespace skiff::engine {

struct NewSecret
{
    std::string name;
    std::string content;
    std::string driver = "file";
    std::map<std::string, std::string> labels, options;
    store::Secrets::IfTaken if_taken = store::Secrets::IfTaken::Refuse;
};

/// Returns its id (of the one that is there, with IfTaken::Keep). Throws Podman's words (store/secrets.hpp), and for
/// drivers other than file.
std::string create_secret(Engine& engine, const NewSecret& secret);

/// By name. Keys are name and id (regular expressions) and label. Throws Error(Usage) `invalid filter "x"`.
std::vector<store::Secret> list_secrets(Engine& engine, const std::vector<Filter>& filters);

/// By name, id, or the beginning of one id. Returns the id. Throws Error(NotFound) `no secret with name or id "X": no
/// such secret`.
std::string remove_secret(Engine& engine, const std::string& text);

/// SecretInfoReport. `content` only when the user asked to see it.
nlohmann::ordered_json make_secret_document(const store::Secret& secret, const std::optional<std::string>& content);

} // namespace skiff::engine
