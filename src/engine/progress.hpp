#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace skiff::engine {

/// What a long verb tells while it works; cli/progress shows bars or lines. All calls come from the calling thread.
class Progress
{
  public:
    virtual ~Progress() = default;
    /// A line for the reader: "Trying to pull docker.io/library/debian:12..."
    virtual void say(const std::string& line) = 0;
    /// `done` of `total` bytes of the blob called `id` have arrived (total 0: unknown).
    virtual void blob(const std::string& id, std::uint64_t done, std::uint64_t total) = 0;
    /// The blob is complete; `note` is "done", "already exists" ...
    virtual void blob_done(const std::string& id, const std::string& note) = 0;

    /// Whether there is somebody who can answer a question.
    [[nodiscard]] virtual bool can_ask() const { return false; }
    /// The number of one of `choices`; nothing when the person does not want any.
    virtual std::optional<std::size_t> choose(const std::string& /*question*/, const std::vector<std::string>& /*choices*/)
    {
        return std::nullopt;
    }
    /// Readable when the person wants the verb to stop and to leave nothing behind; -1: nobody can say so.
    [[nodiscard]] virtual int cancel_fd() const { return -1; }
};

/// For callers that want none.
class Silence : public Progress
{
  public:
    void say(const std::string& /*line*/) override {}
    void blob(const std::string& /*id*/, std::uint64_t /*done*/, std::uint64_t /*total*/) override {}
    void blob_done(const std::string& /*id*/, const std::string& /*note*/) override {}
};

} // namespace skiff::engine
