// `metadata compact` and `doctor`.
#include <gtest/gtest.h>

#include "demo_project.h"

namespace metaxy::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class MaintenanceCommandsTest : public DemoProjectTest {
 protected:
  MaintenanceCommandsTest() {
    for (const char* audio : {"a1", "a2", "a3"}) Write(audio);
  }

  Finished Compact(std::vector<std::string> more) const {
    more.insert(more.begin(), {"metadata", "compact"});
    return program_.Run(more);
  }
};

TEST_F(MaintenanceCommandsTest, CompactSaysWhatItSaved) {
  Finished planned = Compact({"video", "--older-than", "0", "--keep-history", "1", "--dry-run"});
  EXPECT_EQ(planned.code, 0) << planned.err;
  EXPECT_THAT(planned.out, HasSubstr("video"));
  EXPECT_THAT(planned.err, HasSubstr("nothing was changed"));
  Finished json =
      Compact({"--all-features", "--older-than", "0", "--keep-history", "2", "--format", "json"});
  EXPECT_EQ(json.code, 0) << json.err;
  for (const char* part :
       {R"("dry_run": false)", R"("feature": "video")", R"("history_rows_removed": 1)",
        R"("fragments_written": 1)", R"("layout": "struct")"}) {
    EXPECT_THAT(json.out, HasSubstr(part));
  }
  EXPECT_THAT(json.out, Not(HasSubstr("never/written")));
  EXPECT_THAT(program_.Run({"metadata", "read", "video", "--columns", "id"}).out,
              HasSubstr("1 row"));
}

TEST_F(MaintenanceCommandsTest, CompactRefusesWhatItDoesNotUnderstand) {
  EXPECT_THAT(Compact({"video", "--older-than", "soon"}),
              FailedWith(2, "--older-than: 'soon' is not a valid age"));
  EXPECT_THAT(Compact({"video", "--target-bytes", "a lot"}), FailedWith(2, "--target-bytes"));
  EXPECT_THAT(Compact({"video", "--target-rows", "0"}), FailedWith(2, "target_rows is 0"));
  EXPECT_THAT(Compact({"video", "--keep-history", "0"}), FailedWith(2, "keep_history is 0"));
  EXPECT_THAT(Compact({"vidoe"}), FailedWith(2, "video"));
  EXPECT_THAT(Compact({}), FailedWith(2, "--all-features"));
  EXPECT_THAT(Compact({"never/written"}), FailedWith(2, "has no table"));
}

TEST_F(MaintenanceCommandsTest, DoctorLooksAtTables) {
  Finished plain = program_.Run({"doctor"});
  EXPECT_EQ(plain.code, 0) << plain.err;
  EXPECT_THAT(plain.out, HasSubstr("video"));
  EXPECT_THAT(plain.out, HasSubstr("no problems found"));
  Finished json = program_.Run({"doctor", "dev", "--format", "json"});
  EXPECT_EQ(json.code, 0) << json.err;
  for (const char* part :
       {R"("store": "dev")", R"("healthy": true)", R"("check": "tables")", R"("verdict": "ok")",
        R"("rows": 3)", R"("feature": "video")", R"("fragments": 3)", R"("versions": 3)",
        R"("disk_files": )", R"("disk_bytes": )", R"("layout": "struct")"}) {
    EXPECT_THAT(json.out, HasSubstr(part));
  }
  EXPECT_THAT(program_.Run({"doctor", "empty"}).out, HasSubstr("There are no tables"));
  EXPECT_THAT(program_.Run({"doctor", "nothing"}), FailedWith(2, "nothing"));
}

TEST_F(MaintenanceCommandsTest, DoctorTriesTheStoreStepByStep) {
  Finished plain = program_.Run({"doctor", "--write"});
  EXPECT_EQ(plain.code, 0) << plain.out << plain.err;
  EXPECT_THAT(plain.out, HasSubstr("list                ok: 1 table\n"));
  EXPECT_THAT(plain.out, HasSubstr("conditional write   ok\n"));
  EXPECT_THAT(program_.Run({"doctor", "--format", "json"}).out,
              HasSubstr("\"step\": \"read\",\n          \"outcome\": \"ok\"\n"));
  program_.Write("nowhere", "a file where the directory would be");
  Finished broken = program_.Run({"doctor", "empty"});
  EXPECT_EQ(broken.code, 3) << broken.out << broken.err;
  EXPECT_THAT(broken.out, HasSubstr("list                failed\n"));
  EXPECT_THAT(broken.out, HasSubstr("read                not reached\n"));
  EXPECT_THAT(broken.out, HasSubstr("problem list: cannot open the store's directory"));
}

TEST_F(MaintenanceCommandsTest, DoctorNamesWhatWouldHelp) {
  program_.Write("metaxy.toml", std::string(kDemoConfig) +
                                    "[ext.cpp.stores.dev]\nmaintenance = { auto = false }\n");
  for (int i = 0; i < 30; ++i)
    ASSERT_EQ(program_.Run({"metadata", "write", "video", "--from", "videos.ndjson"}).code, 0);
  Finished doctor = program_.Run({"doctor"});
  EXPECT_EQ(doctor.code, 0);
  EXPECT_THAT(doctor.out, HasSubstr("33 of its 33 fragments are small"));
  EXPECT_THAT(doctor.out, HasSubstr("`metaxy metadata compact video --store dev` compacts them"));
}

// The leftovers of a first write that is killed, or runs out of disk space: not a table, and not
// damage.
TEST_F(MaintenanceCommandsTest, DoctorRecognisesAnInterruptedFirstWrite) {
  program_.Write("data/never__written.lance/data/0.lance", "half of the rows");
  Finished doctor = program_.Run({"doctor"});
  EXPECT_EQ(doctor.code, 0) << doctor.out << doctor.err;
  EXPECT_THAT(doctor.out, HasSubstr("never__written: no write to it has completed"));
  EXPECT_THAT(doctor.out, HasSubstr("struct"));  // The line of the other table.
}

TEST_F(MaintenanceCommandsTest, DoctorFindsADamagedTable) {
  for (const std::string& name : program_.Files()) {
    if (name.rfind("data/video.lance/_versions/", 0) == 0 &&
        name.find(".manifest") != std::string::npos)
      program_.Write(name, "this is not a manifest");
  }
  Finished doctor = program_.Run({"doctor", "--format", "json"});
  EXPECT_EQ(doctor.code, 1);
  EXPECT_THAT(doctor.out, HasSubstr(R"("level": "problem")"));
  EXPECT_THAT(doctor.out, HasSubstr(R"("subject": "video")"));
}

}  // namespace
}  // namespace metaxy::testing
