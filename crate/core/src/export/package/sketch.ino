// Runs the self-test vector and says on the serial port whether this board gives the expected bytes.
#include <model.h>
#include <selftest.h>
#include <sepal.h>
#include <string.h>

static uint32_t arena[MODEL_ARENA_BYTES / 4];
static sepal_model model;

void setup() {
  Serial.begin(115200);
  while (!Serial) {
  }
  if (sepal_open(&model, model_data, MODEL_BYTES) != 0) {
    Serial.println("The model cannot be opened.");
    return;
  }
  memcpy(sepal_input(&model, arena, 0), selftest_input, MODEL_INPUT_BYTES);
  const unsigned long started = micros();
  const int status = sepal_run(&model, arena, sizeof arena);
  const unsigned long taken = micros() - started;
  const bool same = status == 0 && memcmp(sepal_output(&model, arena, 0), selftest_output, MODEL_OUTPUT_BYTES) == 0;
  Serial.println(same ? "The self-test is right." : "The self-test is WRONG.");
  Serial.print(taken);
  Serial.println(" microseconds");
}

void loop() {
}
