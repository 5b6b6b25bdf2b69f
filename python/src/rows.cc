#include "rows.h"

#include <arrow/c/abi.h>
#include <arrow/c/bridge.h>
#include <arrow/table.h>

#include <utility>

namespace metaxy::python {
namespace {

constexpr const char* kStream = "arrow_array_stream";
constexpr const char* kSchema = "arrow_schema";
constexpr const char* kArray = "arrow_array";

using Reader = std::shared_ptr<arrow::RecordBatchReader>;

template <class Struct>
Struct* PointerOf(nb::handle capsule, const char* name) {
  auto* pointer = static_cast<Struct*>(PyCapsule_GetPointer(capsule.ptr(), name));
  if (pointer == nullptr) throw nb::python_error();
  return pointer;
}

Reader ReaderOfStream(nb::handle rows) {
  const nb::object capsule = rows.attr("__arrow_c_stream__")();
  auto* stream = PointerOf<ArrowArrayStream>(capsule, kStream);
  if (stream->release == nullptr) {
    throw nb::value_error("the rows were taken already: their Arrow stream is released");
  }
  return Call([&] { return arrow::ImportRecordBatchReader(stream); });
}

Reader ReaderOfArray(nb::handle rows) {
  const nb::object pair = rows.attr("__arrow_c_array__")();
  const nb::object schema = pair[0];
  const nb::object array = pair[1];
  auto* c_schema = PointerOf<ArrowSchema>(schema, kSchema);
  auto* c_array = PointerOf<ArrowArray>(array, kArray);
  if (c_schema->release == nullptr || c_array->release == nullptr) {
    throw nb::value_error("the rows were taken already: their Arrow array is released");
  }
  return Call([&]() -> arrow::Result<Reader> {
    ARROW_ASSIGN_OR_RAISE(auto batch, arrow::ImportRecordBatch(c_array, c_schema));
    return arrow::RecordBatchReader::Make({batch}, batch->schema());
  });
}

// What raised while rows were given to others is raised by Python's main thread as soon as it runs
// code of its own again: a C stream can only say that it has failed.
int RaisePending(void* exception) {
  auto* object = static_cast<PyObject*>(exception);
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(object)), object);
  Py_DECREF(object);
  return -1;
}

// The rows of a stream that is given to Python: fetched without the GIL, also where the consumer
// holds it.
class ExportedRows : public arrow::RecordBatchReader {
 public:
  ExportedRows(Reader rows, std::shared_ptr<CallState> state,
               std::shared_ptr<Rows::LastFailure> failure)
      : rows_(std::move(rows)),
        schema_(rows_->schema()),
        state_(std::move(state)),
        failure_(std::move(failure)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    arrow::Status status;
    state_->Run([&] {
      try {
        status = (*rows_).ReadNext(batch);
      } catch (const std::exception& error) {
        status = arrow::Status::UnknownError(error.what());
      }
    });
    if (status.ok()) return status;
    {
      const std::lock_guard<std::mutex> lock(failure_->mutex);
      failure_->status = status;
    }
    RaiseLater();
    return status;
  }

 private:
  void RaiseLater() {
    const PyGILState_STATE gil = PyGILState_Ensure();
    nb::object stopped = state_->TakeException();
    if (stopped.is_valid() && Py_AddPendingCall(RaisePending, stopped.ptr()) == 0) {
      (void)stopped.release();
    }
    PyGILState_Release(gil);
  }

  Owned<arrow::RecordBatchReader> rows_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<CallState> state_;
  std::shared_ptr<Rows::LastFailure> failure_;
};

void ReleaseStream(PyObject* capsule) noexcept {
  auto* stream = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule, kStream));
  if (stream->release != nullptr) stream->release(stream);
  delete stream;
}

void ReleaseSchema(PyObject* capsule) noexcept {
  auto* schema = static_cast<ArrowSchema*>(PyCapsule_GetPointer(capsule, kSchema));
  if (schema->release != nullptr) schema->release(schema);
  delete schema;
}

template <class Struct>
nb::object CapsuleOf(std::unique_ptr<Struct> value, const char* name, PyCapsule_Destructor free) {
  PyObject* capsule = PyCapsule_New(value.get(), name, free);
  if (capsule == nullptr) throw nb::python_error();
  (void)value.release();
  return nb::steal(capsule);
}

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> ReaderOf(nb::handle rows) {
  if (nb::hasattr(rows, "__arrow_c_stream__")) return ReaderOfStream(rows);
  if (nb::hasattr(rows, "__arrow_c_array__")) return ReaderOfArray(rows);
  const std::string text =
      "rows must be an object with __arrow_c_stream__ (a Polars, pandas, pyarrow or DuckDB table), "
      "not " +
      std::string(nb::inst_name(rows).c_str());
  throw nb::type_error(text.c_str());
}

arrow::Result<std::shared_ptr<arrow::Table>> ReadAll(arrow::RecordBatchReader& rows,
                                                     const arrow::StopToken& stop) {
  arrow::RecordBatchVector batches;
  while (true) {
    ARROW_RETURN_NOT_OK(stop.Poll());
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(rows.ReadNext(&batch));
    if (!batch) break;
    batches.push_back(std::move(batch));
  }
  return arrow::Table::FromRecordBatches(rows.schema(), batches);
}

std::shared_ptr<arrow::RecordBatchReader> Rows::NewReader() {
  {
    const std::lock_guard<std::mutex> lock(failure_->mutex);
    failure_->status = arrow::Status::OK();
  }
  auto rows = Call(*state_, [this] { return (*open_)(); });
  return std::make_shared<ExportedRows>(std::move(rows), state_, failure_);
}

nb::object Rows::Stream() {
  auto stream = std::make_unique<ArrowArrayStream>();
  RaiseIfFailed(arrow::ExportRecordBatchReader(NewReader(), stream.get()));
  return CapsuleOf(std::move(stream), kStream, ReleaseStream);
}

nb::object Rows::Schema() {
  auto schema = std::make_unique<ArrowSchema>();
  RaiseIfFailed(arrow::ExportSchema(*NewReader()->schema(), schema.get()));
  return CapsuleOf(std::move(schema), kSchema, ReleaseSchema);
}

nb::object Rows::Failure() const {
  arrow::Status status;
  {
    const std::lock_guard<std::mutex> lock(failure_->mutex);
    status = failure_->status;
  }
  return status.ok() ? nb::none() : ExceptionOf(status);
}

Rows RowsOfTable(std::shared_ptr<arrow::Table> table, std::shared_ptr<CallState> state) {
  return Rows(
      [table = std::move(table)]() -> arrow::Result<Reader> {
        return std::make_shared<arrow::TableBatchReader>(table);
      },
      std::move(state));
}

void BindRows(nb::module_& module) {
  nb::class_<Rows>(module, "Rows")
      .def("stream", &Rows::Stream)
      .def("schema", &Rows::Schema)
      .def("failure", &Rows::Failure);
}

}  // namespace metaxy::python
