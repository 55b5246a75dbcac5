#pragma once

#include <string>
#include <string_view>

namespace skiff::cli {

/// The last bytes of a command's output.
class OutputTail
{
  public:
    explicit OutputTail(std::size_t kept) : kept_{kept} {}

    void append(std::string_view bytes)
    {
        text_ += bytes;
        if (text_.size() > 2 * kept_) // not with each call
            text_.erase(0, text_.size() - kept_);
    }
    void clear() { text_.clear(); }
    [[nodiscard]] std::string text() const { return text_.size() > kept_ ? text_.substr(text_.size() - kept_) : text_; }

  private:
    std::size_t kept_;
    std::string text_;
};

} // namespace skiff::cli
