/* The least program, to see whether a compiler can link one. */
int main(void) { return 0; }
