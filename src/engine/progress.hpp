#pragma once

#include <cstdint>
#include <string>

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
