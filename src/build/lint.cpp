#include "build/lint.hpp"

#include "build/lint_rules.hpp"

#include <algorithm>
#include <array>

namespace skiff::build {
namespace {

constexpr auto warning = FindingLevel::Warning;
constexpr auto advice = FindingLevel::Advice;

constexpr std::array table{
    LintRule{"ConsistentInstructionCasing", warning, "keywords are all capitals or all small letters", rules::consistent_instruction_casing},
    LintRule{"CopyIgnoredFile", warning, "COPY and ADD name nothing that the ignore file hides", rules::copy_ignored_file},
    LintRule{"DuplicateStageName", warning, "every stage has a name of its own", rules::duplicate_stage_name},
    LintRule{"ExposeInvalidFormat", warning, "EXPOSE takes a port, not an address or a mapping", rules::expose_invalid_format},
    LintRule{"ExposeProtoCasing", warning, "the protocol of EXPOSE has small letters", rules::expose_proto_casing},
    LintRule{"FromAsCasing", warning, "FROM and AS are written alike", rules::from_as_casing},
    LintRule{"FromPlatformFlagConstDisallowed", warning, "FROM --platform is not one fixed platform", rules::from_platform_constant},
    LintRule{"InvalidDefaultArgInFrom", warning, "FROM names an image when no --build-arg is given, too", rules::invalid_default_arg_in_from},
    LintRule{"InvalidDefinitionDescription", warning, "the comment above a stage or ARG begins with its name", rules::invalid_definition_description},
    LintRule{"JSONArgsRecommended", warning, "CMD and ENTRYPOINT are JSON lists, so that signals arrive", rules::json_args_recommended},
    LintRule{"LegacyKeyValueFormat", warning, "ENV and LABEL are written NAME=value", rules::legacy_key_value_format},
    LintRule{"MaintainerDeprecated", warning, "a label instead of MAINTAINER", rules::maintainer_deprecated},
    LintRule{"MultipleInstructionsDisallowed", warning, "one CMD, ENTRYPOINT and HEALTHCHECK in a stage", rules::multiple_instructions},
    LintRule{"NoEmptyContinuation", warning, "no empty line inside a continued instruction", rules::no_empty_continuation},
    LintRule{"RedundantTargetPlatform", warning, "FROM --platform=$TARGETPLATFORM says nothing", rules::redundant_target_platform},
    LintRule{"ReservedStageName", warning, "no stage is called scratch or context", rules::reserved_stage_name},
    LintRule{"SecretsUsedInArgOrEnv", warning, "secrets come by RUN --mount=type=secret", rules::secrets_in_arg_or_env},
    LintRule{"StageNameCasing", warning, "names of stages have small letters", rules::stage_name_casing},
    LintRule{"UndefinedArgInFrom", warning, "FROM uses only ARGs declared before it", rules::undefined_arg_in_from},
    LintRule{"UndefinedVar", warning, "variables are declared before they are used", rules::undefined_var},
    LintRule{"WorkdirRelativePath", warning, "WORKDIR is absolute where the base image has none", rules::workdir_relative_path},

    LintRule{"AddInsteadOfCopy", advice, "COPY where ADD does nothing more", rules::add_instead_of_copy},
    LintRule{"BaseImageWithoutVersion", advice, "base images have a tag other than latest, or a digest", rules::base_image_without_version},
    LintRule{"CopyBeforeInstall", advice, "dependencies are installed before all sources are copied", rules::copy_before_install},
    LintRule{"CopyOfSecretFile", advice, "no .env, *.pem or key in an image", rules::copy_of_secret_file},
    LintRule{"ManyRunInstructions", advice, "RUN lines that belong together are one", rules::many_run_instructions},
    LintRule{"MissingHealthCheck", advice, "a server has a HEALTHCHECK", rules::missing_health_check},
    LintRule{"PackageCacheInLayer", advice, "package lists and caches do not stay in a layer", rules::package_cache_in_layer},
    LintRule{"RunsAsRoot", advice, "the last stage ends as another user than root", rules::runs_as_root},
    LintRule{"SeparatePackageUpdate", advice, "apt-get update and install stand in one RUN", rules::separate_package_update},
    LintRule{"SingleQuotedJSON", warning, "JSON lists have double quotes", rules::single_quoted_json},
    LintRule{"SudoInRun", advice, "RUN without sudo", rules::sudo_in_run},
};

bool skips(const CheckControl& control, const std::string& rule)
{
    return control.skips_all || control.skipped.contains(rule);
}

bool is_skipped(const LintInput& input, const Finding& finding)
{
    if (skips(input.file.directives.check, finding.rule))
        return true;
    for (const Stage& stage : input.file.stages) {
        if (stage.from.place == finding.place)
            return skips(stage.from.check, finding.rule);
        for (const Instruction& instruction : stage.instructions)
            if (instruction.place == finding.place)
                return skips(instruction.check, finding.rule);
    }
    return false;
}

} // namespace

std::span<const LintRule> lint_rules() { return table; }

std::vector<Finding> lint(const LintInput& input)
{
    std::vector<Finding> all;
    for (const LintRule& rule : table) {
        std::vector<Finding> found;
        rule.check(input, found);
        for (Finding& finding : found) {
            finding.rule = rule.name;
            finding.level = rule.level;
            if (!is_skipped(input, finding))
                all.push_back(std::move(finding));
        }
    }
    std::stable_sort(all.begin(), all.end(), [](const Finding& a, const Finding& b) { return a.place.line < b.place.line; });
    return all;
}

} // namespace skiff::build
