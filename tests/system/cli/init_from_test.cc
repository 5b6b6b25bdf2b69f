// metaxy init --from: projects of a folder and of a table, which work at once
#include <gtest/gtest.h>

#include <filesystem>

#include "next_commands.h"
#include "program.h"

namespace metaxy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

TEST(InitFromTest, AFolderBecomesAProjectThatLoads) {
  Program program;
  program.Write("My Photos!/a.jpg", "1");
  const Finished made = program.Run({"init", "work", "--from", "My Photos!"});
  EXPECT_THAT(made, Printed(R"(wrote work/metaxy.toml
wrote work/features.toml

Next:
  cd work
  metaxy scan '../My Photos!'
  metaxy metadata resolve my_photos/summary --to todo
  # compute something for each row of todo/new.parquet, add it as a column, then:
  metaxy metadata write my_photos/summary --from todo/new.parquet
)"));
  EXPECT_EQ(made.err, "");
  EXPECT_THAT(program.Files(),
              ElementsAre("My Photos!/a.jpg", "work/features.toml", "work/metaxy.toml"));
  program.SetDirectory("work");
  EXPECT_THAT(program.Run({"list", "features"}).out, HasSubstr("2 features: 1 root, 1 derived"));
}

TEST(InitFromTest, ATableBecomesAProjectThatLoads) {
  Program program;
  program.Write("films 2.csv", "title,year,film_id,note\nx,1999,1,\nx,2001,2,\"a b\"\n");
  const Finished made = program.Run({"init", "work", "--from", "films 2.csv"});
  EXPECT_EQ(NextCommands(made.out),
            (std::vector<std::string>{"metadata write films_2/row --from '../films 2.csv' "
                                      "--provenance 'row=*'",
                                      "metadata resolve films_2/summary --to todo",
                                      "metadata write films_2/summary --from todo/new.parquet"}));
  EXPECT_THAT(made.err, HasSubstr("id column: film_id, found by name"));
  program.SetDirectory("work");
  EXPECT_THAT(program.Run({"list", "features"}).out, HasSubstr("2 features: 1 root, 1 derived"));
  const std::string described = program.Run({"describe", "features", "films_2/row"}).out;
  EXPECT_THAT(described, HasSubstr("film_id"));
}

TEST(InitFromTest, FindsTheColumnsThatIdentifyRows) {
  struct Case {
    const char* csv;
    std::vector<std::string> options;
    const char* ids;  // or the error
    int code = 0;
  };
  const Case cases[] = {
      {"name,id\na,1\nb,2\n", {}, "id column: id,"},
      {"id,video_id\n1,a\n1,b\n", {}, "id column: video_id,"},
      {"path,n\na,1\nb,1\n", {}, "id column: path,"},
      {"word,n\na,1\nb,1\n", {}, "id column: word,"},
      {"video_id,frame_id,n\n1,1,a\n1,2,a\n2,1,b\n", {}, "id columns: video_id, frame_id,"},
      {"n,m\n1,1\n1,2\n", {"--id-columns", "n,m"}, "id columns: n, m\n"},
      {"n,m\n1,1\n1,2\n", {"--id-columns", "m", "--id-columns", "n"}, "id columns: m, n\n"},
      {"n,m\n1,1\n1,2\n", {}, "no column of 'table.csv' is recognised as the id of its rows", 2},
      {"x,y\n1.5,a\n2.5,b\n", {}, "name one or several, as in --id-columns x,y", 2},
      {"n,m\n1,1\n1,2\n", {"--id-columns", "n"}, "several rows have '1'; add a column", 2},
      {"n,m\n1,1\n,2\n", {"--id-columns", "n"}, "'n' is null in one of them", 2},
      {"n,m\n1,1\n", {"--id-columns", "k"}, "has no column 'k'", 2},
      {"n,m\n", {}, "'table.csv' has no rows", 2},
  };
  for (const Case& known : cases) {
    const Program program;
    program.Write("table.csv", known.csv);
    std::vector<std::string> words = {"init", "p", "--from", "table.csv"};
    words.insert(words.end(), known.options.begin(), known.options.end());
    const Finished made = program.Run(words);
    EXPECT_EQ(made.code, known.code) << known.csv << made.err;
    EXPECT_THAT(made.err, HasSubstr(known.ids)) << known.csv;
    if (known.code != 0) {
      EXPECT_THAT(program.Files(), ElementsAre("table.csv"));
    }
  }
}

TEST(InitFromTest, KeepsTheVersionsThatRowsHave) {
  Program program;
  program.Write("v.jsonl",
                "{\"id\": 1, \"metaxy_provenance_by_field\": {\"audio\": \"a\", \"frames\": "
                "\"b\"}}\n");
  const Finished made = program.Run({"init", "--from", "v.jsonl"});
  EXPECT_EQ(NextCommands(made.out).at(0), "metadata write v/row --from v.jsonl");
  EXPECT_THAT(program.Run({"describe", "features", "v/row"}).out,
              ::testing::AllOf(HasSubstr("audio"), HasSubstr("frames")));
}

TEST(InitFromTest, NamesNeedNoFurtherEscapes) {
  Program program;
  program.Write("a \"b\" 'c' %ROOT%/x", "1");
  program.Write("t.jsonl", "{\"id\": 1, \"a \\\"b\\\" \\u00e4\": 2, \"%COLUMNS%\": 3}\n");
  EXPECT_EQ(program.Run({"init", "one", "--from", "a \"b\" 'c' %ROOT%"}).code, 0);
  EXPECT_EQ(program.Run({"init", "two", "--from", "t.jsonl"}).code, 0);
  for (const char* project : {"one", "two"}) {
    program.SetDirectory(project);
    EXPECT_EQ(program.Run({"list", "features"}).err, "");
  }
}

TEST(InitFromTest, MistakesAreAnsweredInOneLine) {
  const Program program;
  program.Write("photos/a.jpg", "1");
  program.Write("photos/.hidden", "1");
  program.Write("hidden/.x/a.jpg", "1");
  program.Write("text.csv", "\xff\xfe");
  program.Write("old/features.toml", "mine");
  fs::create_directory(program.path("empty"));
  const std::vector<std::string> before = program.Files();
  struct Case {
    std::vector<std::string> words;
    const char* text;
  };
  const Case cases[] = {
      {{"p", "--from", "nowhere"}, "--from: there is no folder and no file 'nowhere'"},
      {{"p", "--from", "empty"}, "there are no files in 'empty'"},
      {{"p", "--from", "hidden"}, "there are no files in 'hidden'"},
      {{"p", "--from", "photos", "--id-columns", "a"}, "leave it out for a folder"},
      {{"p", "--id-columns", "a"}, "the table of --from, which is missing"},
      {{"photos", "--from", "photos"}, "the project would lie among its own files in 'photos'"},
      {{"photos/sub", "--from", "photos"}, "name a directory outside of it"},
      {{"old", "--from", "photos"}, "'old/features.toml' already exists"},
      {{"p", "--from", "text.csv"}, "text.csv"},
  };
  for (const Case& known : cases) {
    std::vector<std::string> words = {"init"};
    words.insert(words.end(), known.words.begin(), known.words.end());
    EXPECT_THAT(program.Run(words), FailedWith(2, known.text));
    EXPECT_EQ(program.Files(), before);
  }
}

TEST(InitFromTest, ADryRunOnlySaysWhatItWouldDo) {
  const Program program;
  program.Write("photos/a.jpg", "1");
  EXPECT_THAT(program.Run({"init", "--from", "photos", "--dry-run"}),
              Printed("would write metaxy.toml\nwould write features.toml\n"));
  EXPECT_THAT(program.Files(), ElementsAre("photos/a.jpg"));
}

TEST(InitQuestionsTest, AreAskedOnATerminalWithoutOptions) {
  const Program program;
  program.Write("photos/a.jpg", "1");
  const Finished made = program.RunOnTerminal({"init"}, "7\n1\n\n  photos \nwork\n");
  EXPECT_EQ(made.code, 0) << made.out;
  EXPECT_THAT(made.out, HasSubstr("1  a folder of files"));
  EXPECT_THAT(made.out, HasSubstr("metaxy scan ../photos"));
  EXPECT_THAT(program.Files(),
              ElementsAre("photos/a.jpg", "work/features.toml", "work/metaxy.toml"));
}

TEST(InitQuestionsTest, HaveAnswersByDefault) {
  const Program program;
  EXPECT_EQ(program.RunOnTerminal({"init"}, "\n\n").code, 0);
  EXPECT_THAT(program.Files(), ElementsAre("features.toml", "metaxy.toml", "videos.jsonl"));
}

TEST(InitQuestionsTest, AreNotAskedIfAnOptionIsGiven) {
  const Program program;
  EXPECT_EQ(program.RunOnTerminal({"init", "films"}, "").code, 0);
  EXPECT_THAT(program.Files(),
              ElementsAre("films/features.toml", "films/metaxy.toml", "films/videos.jsonl"));
}

TEST(InitQuestionsTest, MayEndWithoutAnAnswer) {
  const Program program;
  const Finished made = program.RunOnTerminal({"init"}, "2\n\x04");
  EXPECT_EQ(made.code, 2);
  EXPECT_THAT(made.out, HasSubstr("the questions were not answered, and nothing was written"));
  EXPECT_THAT(program.Files(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace metaxy::testing
