#include "engine/name_pattern.hpp"

#include "base/error.hpp"

#include <memory>
#include <regex.h>

namespace skiff::engine {

std::function<bool(const std::string&)> make_name_pattern(const std::string& pattern)
{
    auto compiled = std::make_unique<regex_t>();
    if (::regcomp(compiled.get(), pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0)
        throw Error{ErrorKind::Usage, cat("error parsing regexp: ", quoted(pattern))};
    const std::shared_ptr<regex_t> owner{compiled.release(), [](regex_t* regex) {
                                             ::regfree(regex);
                                             delete regex;
                                         }};
    return [owner](const std::string& name) { return ::regexec(owner.get(), name.c_str(), 0, nullptr, 0) == 0; };
}

} // namespace skiff::engine
