#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// COPY --chmod: octal, or symbolic as chmod(1) takes it.
namespace skiff::build {

class ModeChange
{
  public:
    /// "0755", "u=rwX,go=rX", "+x". Throws Error(Failure) `invalid chmod parameter: X`.
    static ModeChange parse(std::string_view text);

    [[nodiscard]] const std::string& text() const { return text_; } ///< what was parsed
    /// The permission bits (0 to 07777) of a file that has `mode`.
    [[nodiscard]] std::uint32_t apply(std::uint32_t mode, bool is_directory) const;

  private:
    struct Clause
    {
        std::uint32_t who = 0; ///< the bits of u, g, o that it is about
        char operation = '=';  ///< + - =
        std::uint32_t bits = 0; ///< r, w, x as 4, 2, 1
        bool conditional_x = false; ///< X
        bool set_id = false, sticky = false; ///< s, t
        char copy_from = 0; ///< u, g, o: the bits of those
    };
    std::string text_;
    bool is_octal_ = false;
    std::uint32_t octal_ = 0;
    std::vector<Clause> clauses_;
};

} // namespace skiff::build
