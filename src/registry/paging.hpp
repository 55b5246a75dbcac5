#pragma once

#include "registry/registry_host.hpp"

#include <functional>
#include <optional>
#include <string_view>

namespace skiff::registry {

/// Reads a list that a registry gives in pages, each naming the next one in its Link header. `use` gets each page's body;
/// false: that is enough. Stops at a page that was there before, and at ten thousand. Throws what the registry says.
/// The next page must be at the same origin. Source: the registry API's "Pagination".
void read_pages(RegistryHost& host, const std::string& path, const std::function<bool(const std::string& body)>& use);

/// The address in `<...>; rel="next"`, as it is written.
std::optional<std::string> find_next_link(std::string_view header_value);

} // namespace skiff::registry
