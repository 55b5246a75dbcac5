#include "frontends/compose/variables.hpp"

#include "frontends/compose/dotenv.hpp"

namespace skiff::compose {

std::string find_variable(const Variables& variables, const std::string& name)
{
    const auto found = variables.find(name);
    return found == variables.end() ? std::string{} : found->second;
}

Lookup lookup_in(const Variables& variables)
{
    return [&variables](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional{found->second};
    };
}

std::string unset_warning(const std::string& name) { return cat("The \"", name, "\" variable is not set. Defaulting to a blank string."); }

void add_env_file(Variables& variables, const Variables& outer, const std::string& text, const std::string& file, ByteBudget& budget,
                  std::vector<std::string>& warnings)
{
    const OnUnset warn = [&](const std::string& name) { warnings.push_back(unset_warning(name)); };
    for (const auto& [name, value] : read_dotenv(text, file, lookup_in(variables), warn, budget))
        if (value && !outer.contains(name))
            variables[name] = *value;
}

} // namespace skiff::compose
