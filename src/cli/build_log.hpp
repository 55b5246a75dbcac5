#pragma once

#include "base/unique_fd.hpp"
#include "cli/output_tail.hpp"
#include "engine/build_output.hpp"

#include <map>
#include <string>

namespace skiff::cli {

/// A build line by line, as Buildah tells it: `STEP 2/5: RUN make`, what the command writes, `--> Using cache ID`. Where several stages
/// are built, each line says which one it is of.
class BuildLog : public engine::BuildOutput
{
  public:
    /// `file`: everything goes there instead (--logfile); empty: standard output and error. `quiet`: nothing is written, and
    /// what a command wrote last is kept for its failure.
    explicit BuildLog(bool quiet, UniqueFd file = {});
    ~BuildLog() override;

    void step(const engine::StageTitle& stage, std::size_t number, std::size_t count, const std::string& text) override;
    void output(const engine::StageTitle& stage, monitor::Stream stream, std::string_view bytes) override;
    void step_done(const engine::StageTitle& stage, bool cached, const std::string& id) override;
    void note(const engine::StageTitle& stage, const std::string& line) override;
    void stage_done(const engine::StageTitle& stage) override;
    void say(const std::string& line) override;
    void commit(const std::string& name) override;
    /// For the last lines: "Successfully tagged ...".
    void line(const std::string& text);

    /// What commands wrote last and nobody has seen: for an error.
    [[nodiscard]] std::string unseen_output() const;

  private:
    void write(int fd, std::string_view text) const;
    void write_line(const engine::StageTitle& stage, const std::string& text);
    [[nodiscard]] static std::string prefix(const engine::StageTitle& stage);
    void flush(const engine::StageTitle& stage);

    bool quiet_;
    std::size_t last_step_of_ = 0; ///< the last stage, when its last step has begun
    UniqueFd file_;
    std::map<std::pair<std::size_t, char>, std::string> pending_; ///< an incomplete line of a stage, by stream
    OutputTail last_output_;
};

} // namespace skiff::cli
