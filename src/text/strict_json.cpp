#include "text/json_fields.hpp"

#include <nlohmann/json.hpp>

/// The reader behind parse_strict_json. nlohmann's own parser keeps the last of two equal keys and knows no limits, but
/// it reports events: this one builds the document from them and stops at the first that must not be.
namespace skiff::text {
namespace {

using nlohmann::json;

class StrictBuilder : public nlohmann::json_sax<json>
{
  public:
    explicit StrictBuilder(const JsonLimits& limits) : limits_{limits} {}

    bool null() override { return put(nullptr) != nullptr; }
    bool boolean(bool value) override { return put(value) != nullptr; }
    bool number_integer(number_integer_t value) override { return put(value) != nullptr; }
    bool number_unsigned(number_unsigned_t value) override { return put(value) != nullptr; }
    bool number_float(number_float_t value, const string_t&) override { return put(value) != nullptr; }
    bool string(string_t& value) override { return without_nul(value) && put(std::move(value)) != nullptr; }
    bool binary(binary_t&) override { return refuse("binary value"); }

    bool start_object(std::size_t) override { return open(json::object()); }
    bool key(string_t& name) override
    {
        if (!without_nul(name))
            return false;
        const auto [slot, added] = open_.back()->get_ref<json::object_t&>().emplace(std::move(name), nullptr);
        if (!added)
            return refuse(cat("the key ", skiff::quoted(slot->first), " appears twice"));
        slot_ = &slot->second;
        return true;
    }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(json::array()); }
    bool end_array() override { return close(); }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override
    {
        // "[json.exception.parse_error.101] parse error at line 1, column 9: syntax error while ...": only the end
        // helps.
        std::string_view words = error.what();
        if (const auto end = words.find("] "); end != std::string_view::npos)
            words.remove_prefix(end + 2);
        if (const auto end = words.find(": "); words.substr(0, 11) == "parse error" && end != std::string_view::npos)
            words.remove_prefix(end + 2);
        complaint_ = cat("invalid JSON at byte ", position, ": ", printable(words));
        return false;
    }

    [[nodiscard]] const std::string& complaint() const { return complaint_; }
    json take() { return std::move(root_); }

  private:
    bool refuse(std::string why)
    {
        complaint_ = cat("invalid JSON: ", why);
        return false;
    }

    bool without_nul(const std::string& text)
    {
        return text.find('\0') == std::string::npos || refuse("U+0000 in a text");
    }

    /// Puts a value where the document is being built; nullptr when there are too many.
    template <typename Value>
    json* put(Value&& value)
    {
        if (++values_ > limits_.values) {
            refuse(cat("more than ", limits_.values, " values"));
            return nullptr;
        }
        json* place = &root_;
        if (!open_.empty() && open_.back()->is_array()) {
            auto& list = open_.back()->get_ref<json::array_t&>();
            place = &list.emplace_back();
        } else if (!open_.empty()) {
            place = slot_;
        }
        *place = std::forward<Value>(value);
        return place;
    }

    bool open(json container)
    {
        if (open_.size() >= limits_.depth)
            return refuse(cat("nested deeper than ", limits_.depth, " levels"));
        json* place = put(std::move(container));
        if (place != nullptr)
            open_.push_back(place);
        return place != nullptr;
    }

    bool close()
    {
        open_.pop_back();
        return true;
    }

    JsonLimits limits_;
    json root_;
    std::vector<json*> open_; ///< lists and objects from the root to here; only the last one grows, so these stay valid
    json* slot_ = nullptr;    ///< the value of the key just read
    std::size_t values_ = 0;
    std::string complaint_;
};

} // namespace

json parse_strict_json(std::string_view text, const JsonLimits& limits)
{
    if (text.size() > limits.bytes)
        throw Error{ErrorKind::Failure, cat("invalid JSON: larger than ", limits.bytes, " bytes")};
    if (text.substr(0, 3) == "\xef\xbb\xbf")
        throw Error{ErrorKind::Failure, "invalid JSON: begins with a byte order mark"};
    StrictBuilder builder{limits};
    if (!json::sax_parse(text.begin(), text.end(), &builder))
        throw Error{ErrorKind::Failure, builder.complaint()};
    return builder.take();
}

} // namespace skiff::text
