import { useEffect, useRef, useState } from "preact/hooks";
import { SessionError, signIn } from "../data/session.ts";

interface SignInProps {
  /** Why: what the server said. */
  readonly reason: string;
  readonly onSignedIn: () => void;
}

/** Asks for a token. It goes to the server once, which keeps it in a cookie that no script can read. */
export function SignIn({ reason, onSignedIn }: SignInProps) {
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const token = input.current?.value.trim() ?? "";
    if (token === "") return;
    setBusy(true);
    try {
      await signIn(token);
      onSignedIn();
    } catch (error) {
      setWrong(error instanceof SessionError ? error.message : "The server does not answer.");
      input.current?.select();
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="sign-in card">
      <form onSubmit={(event) => void submit(event)}>
        <h2>Sign in</h2>
        <p class="quiet">{reason}</p>
        <label class="field">
          <span>Token</span>
          <input
            ref={input}
            type="password"
            name="token"
            autocomplete="current-password"
            required
            aria-invalid={wrong !== ""}
            aria-describedby="sign-in-wrong"
          />
        </label>
        <p id="sign-in-wrong" class="wrong" role="alert">
          {wrong}
        </p>
        <button type="submit" class="button primary" disabled={busy}>
          Sign in
        </button>
      </form>
    </main>
  );
}
