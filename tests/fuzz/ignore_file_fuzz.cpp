#include "base/error.hpp"
#include "build/ignore_file.hpp"

#include "require.hpp"

#include <algorithm>
#include <cstdint>

using namespace skiff;
using namespace skiff::build;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    // The first line is a path, the rest the file.
    const std::size_t line = std::min(input.find('\n'), input.size());
    const std::string path = clean_relative_path(input.substr(0, line));
    require(clean_relative_path(path) == path);
    try {
        const IgnoreRules rules = IgnoreRules::parse(input.substr(line), "f");
        if (const IgnoreRules::Rule* rule = rules.find_hiding(path))
            require(!rule->is_exception);
        (void)rules.may_show_below(path);
    } catch (const Error& error) {
        require(!error.message().empty());
    }
    return 0;
}
