// Sign-in and settings, in a real browser before a real server.
import { join } from "node:path";
import { agentTrace, barriers, clean, equal, fits, holds, openPage, runCases, send, serverFor, SHOTS, startBrowser, until } from "./kit.mjs";

const AGENT = "7be2".padEnd(32, "0");
const OWNER = {
  LANGFUSE_INIT_ORG_ID: "clinic", LANGFUSE_INIT_ORG_NAME: "Harbour Street", LANGFUSE_INIT_PROJECT_ID: "desk", LANGFUSE_INIT_PROJECT_NAME: "Front desk",
  LANGFUSE_INIT_USER_EMAIL: "mara@example.com", LANGFUSE_INIT_USER_NAME: "Mara", LANGFUSE_INIT_USER_PASSWORD: "correct horse battery",
};

const browser = await startBrowser();
const withServer = serverFor(browser, OWNER);

async function signIn(page, email, password) {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function enter(server, path, options) {
  const page = await openPage(browser, server, null, options);
  page.expected.push(/401/);
  await page.goto(server.url + path);
  await signIn(page, OWNER.LANGFUSE_INIT_USER_EMAIL, OWNER.LANGFUSE_INIT_USER_PASSWORD);
  await page.locator("main .top h1").waitFor();
  return page;
}

await runCases({
  "a server with users shows nothing before the sign-in, says what was wrong, and goes on where it was asked for": withServer(async (server) => {
    const page = await openPage(browser, server, null);
    page.expected.push(/401/);
    await page.goto(`${server.url}/p/desk/settings/keys`);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    equal(await page.locator(".side").count(), 0, "navigation before the sign-in");
    await page.screenshot({ path: join(SHOTS, "sign-in-dark-1280.png") });
    await signIn(page, "mara@example.com", "wrong");
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Password").fill(OWNER.LANGFUSE_INIT_USER_PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("1 key in use").waitFor();
    await page.reload();
    await page.getByText("1 key in use").waitFor();
    await page.getByRole("link", { name: "You" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    clean(page);
  }),

  "a key is made, its secret shown once and good for sending, and revoked": withServer(async (server) => {
    const page = await enter(server, "/p/desk/settings/keys");
    await page.getByLabel("What the new key is for").fill("Staging");
    await page.getByRole("button", { name: "New key" }).click();
    const secret = await page.getByRole("textbox", { name: "Secret key" }).inputValue();
    holds(secret.startsWith("sk-lf-"), `the secret: ${secret}`);
    const pair = await page.locator("tr", { hasText: "Staging" }).locator("td").nth(1).innerText();
    const post = () => fetch(`${server.url}/api/public/otel/v1/traces`, { method: "POST", headers: { "content-type": "application/x-protobuf", authorization: `Basic ${btoa(`${pair}:${secret}`)}` }, body: agentTrace(AGENT) });
    equal((await post()).status, 200, "the key sends");
    await page.reload();
    await page.locator("tr", { hasText: "Staging" }).waitFor();
    equal(await page.getByText(secret).count() + await page.getByRole("textbox", { name: "Secret key" }).count(), 0, "the secret after a reload");
    await page.getByRole("button", { name: "Revoke Staging" }).click();
    await page.getByRole("button", { name: "Revoke Staging, yes" }).click();
    await page.locator("tr", { hasText: "Staging" }).waitFor({ state: "detached" });
    await until("the revoked key is refused", async () => (await post()).status === 401);
    clean(page);
  }),

  "an owner adds a viewer, who may look and change nothing": withServer(async (server) => {
    const page = await enter(server, "/p/desk/settings/members");
    const form = page.locator(".inline-form");
    await form.getByLabel("E-mail").fill("tom@example.com");
    await form.getByLabel("First password").fill("a long enough one");
    await form.getByLabel("Role").selectOption("viewer");
    await form.getByRole("button", { name: "Add" }).click();
    await page.locator("tr", { hasText: "tom@example.com" }).waitFor();
    await page.context().close();
    const other = await openPage(browser, server, null);
    other.expected.push(/401|403/);
    await other.goto(`${server.url}/p/desk/settings/members`);
    await signIn(other, "tom@example.com", "a long enough one");
    await other.locator("tr", { hasText: "mara@example.com" }).waitFor();
    equal(await other.locator(".inline-form").count(), 0, "a form to add people");
    await other.getByRole("link", { name: "Keys" }).click();
    await other.getByLabel("What the new key is for").fill("Mine");
    await other.getByRole("button", { name: "New key" }).click();
    await other.getByText("viewer may not do this").waitFor();
    clean(other);
  }),

  "retention is changed after what it means was said, and stays": withServer(async (server) => {
    const page = await enter(server, "/p/desk/settings/retention");
    const conversations = page.getByRole("group", { name: "Conversations and spans are kept" });
    await conversations.getByText("90 days", { exact: true }).click();
    await page.getByText("not saved").waitFor();
    await page.getByRole("button", { name: "Save and delete what is older" }).click();
    await page.getByText("not saved").waitFor({ state: "detached" });
    const recordings = page.getByRole("group", { name: /^Recordings are kept/ });
    await recordings.getByText("30 days", { exact: true }).click();
    await page.getByText("as long as their call → 30 days would free 0 B").waitFor();
    await page.getByRole("button", { name: "Save and delete what is older" }).click();
    await page.getByText("not saved").waitFor({ state: "detached" });
    await page.reload();
    await until("it is kept", async () => await conversations.getByRole("radio", { name: "90 days" }).isChecked().catch(() => false));
    await until("recordings are kept shorter", async () => await recordings.getByRole("radio", { name: "30 days" }).isChecked().catch(() => false));
    page.faults = page.faults.filter((fault) => !fault.includes("404"));
    clean(page);
  }),

  "each section fits 1280 and 390 pixels in both themes, without barriers": withServer(async (server) => {
    await send(server, agentTrace(AGENT)).catch(() => {});
    for (const theme of ["dark", "light"]) {
      const page = await enter(server, "/p/desk/settings/keys", { theme });
      page.expected.push(/404/);
      for (const [width, height] of [[1280, 720], [390, 844]]) {
        await page.setViewportSize({ width, height });
        for (const section of ["keys", "retention", "prices", "members", "ingest", "server", "you"]) {
          await page.goto(`${server.url}/p/desk/settings/${section}`);
          await page.locator(".settings-body .card, .settings-body .state").first().waitFor();
          await until("the answer is there", async () => (await page.locator(".skeleton").count()) === 0);
          await page.screenshot({ path: join(SHOTS, `settings-${section}-${theme}-${width}.png`) });
          await fits(page, width, section);
          if (width === 1280) equal(await barriers(page), [], `barriers of ${section}, ${theme}`);
        }
      }
      clean(page);
      await page.context().close();
    }
  }),
});
await browser.close();
