#include "archive/entry_name.hpp"
#include "base/error.hpp"

#include "require.hpp"

#include <cstdint>
#include <string>

using namespace skiff;
using namespace skiff::archive;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view name{reinterpret_cast<const char*>(data), size};
    try {
        const std::vector<std::string_view> components = split_entry_name(name);
        std::string joined;
        for (const std::string_view component : components) {
            require(!component.empty() && component.size() <= 255 && component != "." && component != "..");
            require(component.find_first_of(std::string_view{"/\0", 2}) == std::string_view::npos);
            joined += (joined.empty() ? "" : "/") + std::string{component};
        }
        require(components.size() <= max_depth);
        if (!components.empty())
            require(split_entry_name(joined) == components);
        if (components.empty() || meaning_of(components) == NameMeaning::Ignored)
            return 0;
        // No component above the last is a whiteout, and a whiteout has a name that a file can have.
        for (std::size_t i = 0; i + 1 < components.size(); ++i)
            require(!components[i].starts_with(whiteout_prefix));
        if (meaning_of(components) == NameMeaning::Whiteout) {
            const std::string_view hidden = components.back().substr(whiteout_prefix.size());
            require(!hidden.empty() && hidden != "." && hidden != "..");
        }
    } catch (const Error&) { // what no layer may contain
    }
    return 0;
}
