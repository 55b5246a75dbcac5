#include "cli/confirm.hpp"

#include "cli/output.hpp"

#include <iostream>

namespace skiff::cli {

bool confirm(const std::string& warning)
{
    print(warning + "\nAre you sure you want to continue? [y/N] ");
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes" || answer == "YES";
}

} // namespace skiff::cli
