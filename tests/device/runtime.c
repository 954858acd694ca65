/* The runtime as one file of its own, so that what of it is linked can be told from the rest. */
#define SEPAL_IMPLEMENTATION
#include "sepal.h"
