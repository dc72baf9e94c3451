// The first truthy value of `what()` within ten seconds.
export async function waitFor(what) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const value = await what();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`nothing came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
