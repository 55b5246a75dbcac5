#include "registry/pull_sources.hpp"

#include "base/error.hpp"

namespace skiff::registry {
namespace {

oci::Reference rewritten(const oci::Reference& reference, const RegistryConf& registry, const std::string& location)
{
    const std::string name = rewrite_name(reference.name(), registry.prefix, location);
    return while_doing(cat("rewriting reference ", skiff::quoted(reference.name()), " for ", skiff::quoted(location)),
                       [&] {
                           oci::Reference result = oci::Reference::parse(name);
                           if (!result.has_registry())
                               throw Error{ErrorKind::Failure, cat(skiff::quoted(name), " has no registry in it")};
                           result.tag = reference.tag;
                           result.digest = reference.digest;
                           return result;
                       });
}

bool may_ask(const MirrorConf& mirror, const oci::Reference& reference)
{
    switch (mirror.pull) {
    case PullFromMirror::All:
        return true;
    case PullFromMirror::DigestOnly:
        return reference.digest.has_value();
    case PullFromMirror::TagOnly:
        return !reference.digest;
    }
    return false;
}

} // namespace

std::vector<PullSource> find_pull_sources(const RegistriesConf& conf, const oci::Reference& reference)
{
    const RegistryConf* registry = conf.find(reference.text());
    if (registry == nullptr)
        return {{reference}};
    if (registry->blocked)
        throw Error{ErrorKind::Failure, cat("registry ", registry->prefix, " is blocked in ", conf.files)};
    std::vector<PullSource> sources;
    for (const MirrorConf& mirror : registry->mirrors)
        if (may_ask(mirror, reference))
            sources.push_back({rewritten(reference, *registry, mirror.location), mirror.insecure, true});
    sources.push_back({rewritten(reference, *registry, registry->location), registry->insecure});
    return sources;
}

} // namespace skiff::registry
