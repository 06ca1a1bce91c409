import { assertEquals } from "@std/assert";
import { readSecretFiles } from "../../src/cli/secret_files.ts";
import { OPTIONS } from "../../src/config/config.ts";

Deno.test("readSecretFiles() reads the file of each secret, by flag or variable", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/one`, "canary-1\n");
  await Deno.writeTextFile(`${folder}/two`, "canary-2");
  const read = await readSecretFiles(
    OPTIONS,
    { saslPasswordFile: `${folder}/one`, kafkaTopic: "t" },
    { CONNECTION_STRING_FILE: `${folder}/two`, OAUTH_CLIENT_SECRET_FILE: " " },
  );
  assertEquals(read, { contents: { saslPassword: "canary-1\n", connectionString: "canary-2" }, errors: [] });
});

Deno.test("readSecretFiles() tells of every file that cannot be used, but not its path", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/empty`, " \n");
  const { contents, errors } = await readSecretFiles(
    OPTIONS,
    { saslPasswordFile: `${folder}/empty`, identityHeaderFile: folder },
    { CONNECTION_STRING_FILE: `${folder}/absent` },
  );
  assertEquals(contents, {});
  assertEquals(errors, [
    "Cannot use the file of --sasl-password-file: it is empty; expected one that holds the secret",
    "Cannot read the file of --identity-header-file: it is a folder; expected the path of a file that holds the secret",
    "Cannot read the file of CONNECTION_STRING_FILE: it does not exist; expected the path of a file that holds the secret",
  ]);
});

Deno.test("readSecretFiles() leaves a byte order mark out, and refuses what is not UTF-8", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeFile(`${folder}/mark`, new TextEncoder().encode("\ufeffcanary\r\n"));
  await Deno.writeFile(`${folder}/utf16`, new Uint8Array([0xff, 0xfe, 0x63, 0]));
  await Deno.writeFile(`${folder}/latin1`, new Uint8Array([0x63, 0xe4]));
  const { contents, errors } = await readSecretFiles(
    OPTIONS,
    {
      saslPasswordFile: `${folder}/mark`,
      oauthClientSecretFile: `${folder}/utf16`,
      identityHeaderFile: `${folder}/latin1`,
    },
    {},
  );
  assertEquals(contents, { saslPassword: "canary\r\n" });
  assertEquals(errors, [
    "Cannot read the file of --oauth-client-secret-file: it is in UTF-16 and not in UTF-8; expected the path of a file that holds the secret",
    "Cannot use the file of --identity-header-file: it is not in UTF-8; expected a secret in UTF-8",
  ]);
});
