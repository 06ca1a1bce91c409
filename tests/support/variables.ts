/**
 * Variables of the environment for a while.
 *
 * @module
 */

/** Does something while these variables are set. */
export async function withVariables(
  variables: Readonly<Record<string, string>>,
  act: () => Promise<void>,
): Promise<void> {
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  try {
    for (const [name, text] of Object.entries(variables)) Deno.env.set(name, text);
    await act();
  } finally {
    for (const [name, text] of before) {
      if (text === undefined) Deno.env.delete(name);
      else Deno.env.set(name, text);
    }
  }
}
