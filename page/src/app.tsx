import { useCallback, useEffect, useState } from "preact/hooks";
import { Dashboard } from "./dashboard.tsx";
import { readSession, type Session, signOut } from "./data/session.ts";
import { Header } from "./shell/header.tsx";
import { SignIn } from "./shell/sign-in.tsx";
import { useLive } from "./state/use-live.ts";
import { useTheme } from "./state/use-theme.ts";
import { useView } from "./state/use-view.ts";

const ASK = "This Count shows its counts to whoever has a token that may read.";

/** The page, or the form that lets one in. */
export function App() {
  const view = useView();
  const live = useLive();
  const theme = useTheme();
  const [session, setSession] = useState<Session>();
  const [asked, setAsked] = useState(false);
  /** Why the form is shown instead of the page. */
  const [denied, setDenied] = useState<string>();
  const ask = useCallback(async () => {
    try {
      const known = await readSession();
      setSession(known);
      setDenied(known.authentication && !known.signed_in ? ASK : undefined);
    } catch {
      // The server is away: the page says so, and asks again with its counts.
    }
    setAsked(true);
  }, []);
  useEffect(() => void ask(), [ask]);

  const onDenied = useCallback((detail: string) => setDenied((before) => before ?? detail), []);
  const leave = useCallback(async () => {
    await signOut().catch(() => undefined);
    setDenied(ASK);
  }, []);
  if (denied !== undefined) {
    return (
      <>
        <Header />
        <SignIn reason={denied} onSignedIn={() => void ask()} />
      </>
    );
  }
  // Who has to sign in has not been refused anything before.
  if (!asked) return <Header />;
  const isSignedIn = session?.signed_in === true;
  return <Dashboard {...view} live={live} theme={theme} onDenied={onDenied} signOut={isSignedIn ? leave : undefined} />;
}
