#pragma once

namespace skiff {

/// One callable of several functions, for std::visit: `std::visit(Overloaded{[](const A&) {}, [](const B&) {}}, variant)`.
template <typename... Functions>
struct Overloaded : Functions...
{
    using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>; // clang 14 does not find it out by itself

} // namespace skiff
