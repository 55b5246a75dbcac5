#include "frontends/compose/granted_files.hpp"

#include "frontends/compose/option_text.hpp"

#include <charconv>

namespace skiff::compose {
namespace {

/// What one entry of a service's `secrets` or `configs` says.
struct Grant
{
    const Node& reference;
    const Resource& resource;
    const char* noun;   ///< "secret", "config"
    std::string place;  ///< "services.SERVICE.secrets"
    std::string target; ///< absolute
};

struct Section
{
    const char* key;
    const char* noun;
    const char* directory; ///< of targets without one
    const std::vector<Resource>& resources;
};

std::string target_of(const Node& reference, const char* directory)
{
    std::string target = reference.text_of("target");
    if (target.empty())
        target = reference.text_of("source");
    return target.starts_with('/') ? target : directory + target;
}

std::vector<Grant> list_grants(const Project& project, const Service& service)
{
    std::vector<Grant> grants;
    for (const Section& section : {Section{"secrets", "secret", "/run/secrets/", project.secrets}, Section{"configs", "config", "/", project.configs}})
        if (const Node* references = service.node.find(section.key); references != nullptr)
            for (const Node& reference : references->items)
                for (const Resource& resource : section.resources)
                    if (resource.key == reference.text_of("source"))
                        grants.push_back({reference, resource, section.noun, cat("services.", service.name, ".", section.key), target_of(reference, section.directory)});
    return grants;
}

/// Octal, as chmod takes it; YAML may write 0o440.
std::string mode_of(const Grant& grant)
{
    const std::string mode = grant.reference.text_of("mode");
    return mode.starts_with("0o") ? mode.substr(2) : mode;
}

std::optional<std::uint32_t> find_number(const Grant& grant, const char* field, const std::string& text, int base)
{
    if (text.empty())
        return std::nullopt;
    std::uint32_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (failure != std::errc{} || end != text.data() + text.size())
        throw error_at(grant.reference.place, cat(grant.place, ": ", quoted(text), " is no ", field, " for ", grant.resource.key));
    return number;
}

GivenFile make_given_file(const Grant& grant)
{
    GivenFile file;
    file.target = grant.target;
    file.content = *grant.resource.content;
    file.uid = find_number(grant, "uid", grant.reference.text_of("uid"), 10);
    file.gid = find_number(grant, "gid", grant.reference.text_of("gid"), 10);
    file.mode = find_number(grant, "mode", mode_of(grant), 8).value_or(file.mode);
    return file;
}

std::string secret_word(const Grant& grant)
{
    std::vector<std::string> fields{csv_field(grant.resource.name), csv_field(cat("target=", grant.target))};
    for (const char* field : {"uid", "gid"})
        if (const std::string value = grant.reference.text_of(field); !value.empty())
            fields.push_back(cat(field, "=", value));
    if (const std::string mode = mode_of(grant); !mode.empty())
        fields.push_back(cat("mode=", mode));
    return cat("--secret=", joined(fields, ","));
}

std::string mount_word(const Grant& grant)
{
    for (const char* field : {"uid", "gid", "mode"})
        if (grant.reference.find(field) != nullptr)
            throw error_at(grant.reference.place, cat(grant.place, ": ", field, " of ", grant.resource.key, " cannot be set: it is mounted, because it is a "
                                                      "directory, too large to be copied, or cannot be read"));
    const std::vector<std::string> fields{"type=bind", csv_field(cat("source=", grant.resource.node.text_of("file"))),
                                          csv_field(cat("target=", grant.target)), "readonly"};
    return cat("--mount=", joined(fields, ","));
}

} // namespace

std::vector<GivenFile> make_given_files(const Project& project, const Service& service)
{
    std::vector<GivenFile> files;
    for (const Grant& grant : list_grants(project, service)) {
        if (!grant.resource.missing.empty())
            throw Error{ErrorKind::NotFound, cat(grant.noun, " ", grant.resource.key, ": ", grant.resource.missing)};
        if (grant.resource.content)
            files.push_back(make_given_file(grant));
    }
    return files;
}

std::vector<std::string> make_grant_words(const Project& project, const Service& service)
{
    std::vector<std::string> words;
    for (const Grant& grant : list_grants(project, service))
        if (grant.resource.external)
            words.push_back(secret_word(grant));
        else if (!grant.resource.content && grant.resource.missing.empty())
            words.push_back(mount_word(grant));
    return words;
}

void require_external_grants(const Project& project, const Service& service, const std::set<std::string>& secrets)
{
    for (const Grant& grant : list_grants(project, service))
        if (grant.resource.external && !secrets.contains(grant.resource.name))
            throw Error{ErrorKind::NotFound, cat("external ", grant.noun, " \"", grant.resource.name, "\" not found")}.with_hint(
                cat("make it with: skiff secret create ", grant.resource.name, " FILE"));
}

} // namespace skiff::compose
