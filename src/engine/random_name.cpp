#include "engine/random_name.hpp"

#include "base/error.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <sys/random.h>

namespace skiff::engine {
namespace {

constexpr std::array<std::string_view, 64> adjectives{
    "able",   "airy",   "alert",  "amber",  "ample",  "bold",   "brave",  "bright", "brisk",  "calm",   "candid",
    "cheery", "civil",  "clear",  "clever", "cosy",   "crisp",  "curious", "deft",  "eager",  "early",  "easy",
    "fair",   "fluent", "fond",   "frank",  "fresh",  "gentle", "glad",   "golden", "handy",  "happy",  "hardy",
    "honest", "humble", "jolly",  "keen",   "kind",   "lively", "lucid",  "merry",  "mild",   "neat",   "nimble",
    "noble",  "patient", "placid", "plucky", "polite", "proud", "quick",  "quiet",  "ready",  "serene", "sharp",
    "silent", "sober",  "steady", "sturdy", "sunny",  "tidy",   "vivid",  "warm",   "witty"};

constexpr std::array<std::string_view, 64> people{
    "abel",     "agnesi",  "ampere",   "archimedes", "babbage", "bell",     "bernoulli", "bohr",     "boole",   "borlaug", "carson",
    "cauchy",   "cavendish", "chandra", "church",    "curie",   "dalton",   "darwin",    "diophant", "dirac",   "euclid",  "euler",
    "faraday",  "fermat",  "fermi",    "fourier",    "franklin", "galois",  "gauss",     "germain",  "godel",   "hamming", "herschel",
    "hertz",    "hilbert", "hopper",   "huygens",    "hypatia", "jacobi",   "joule",     "kepler",   "knuth",   "lagrange", "laplace",
    "leavitt",  "leibniz", "lovelace", "maxwell",    "meitner", "mendel",   "naur",      "newton",   "noether", "pascal",  "pasteur",
    "planck",   "poincare", "ramanujan", "riemann",  "shannon", "turing",   "volta",     "watt",     "wirth"};

} // namespace

std::string make_random_name()
{
    std::array<std::uint8_t, 2> draw{};
    if (::getrandom(draw.data(), draw.size(), 0) != static_cast<ssize_t>(draw.size()))
        throw Error{errno, "getting random bytes"};
    return cat(adjectives.at(draw[0] % adjectives.size()), '_', people.at(draw[1] % people.size()));
}

} // namespace skiff::engine
