import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { Button, errorFacts, Icon, Notice, TextField, ThemeToggle } from '@nexoramail/ui';
import { useEffect, useState, type ReactElement } from 'react';
import { forgetAccountData } from '../../api/account-data.js';
import { Brand } from '../../app/brand.js';
import { nextPath } from '../../session/next-path.js';
import { demoQuery, sessionQuery, signIn, verifyFactor, type DemoAccount } from '../../session/session.js';
import { signInAsDemo } from './demo-sign-in.js';

const route = getRouteApi('/sign-in');

/** Address and password, then the code; in the embedded default, one press for the demo account. */
export function SignInPage(): ReactElement {
  const { expired, next } = route.useSearch();
  const router = useRouter();
  const client = useQueryClient();
  const demo = useQuery(demoQuery).data ?? undefined;
  const [step, setStep] = useState<'password' | 'factor'>('password');
  useEffect(() => { document.title = 'Sign in · NexoraMail'; }, []);
  const done = async (): Promise<void> => {
    forgetAccountData(client);
    await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
    router.history.push(nextPath(next));
  };
  return (
    <div className="sign-in">
      <div className="sign-in__theme"><ThemeToggle /></div>
      <main className="sign-in__panel">
        <Brand large />
        <h1 className="sign-in__title">{step === 'password' ? 'Sign in' : 'Second step'}</h1>
        {expired && step === 'password' && <Notice tone="info">Your session has ended. Sign in to go on where you were.</Notice>}
        {step === 'password' ? <PasswordForm onNext={(to) => { if (to === 'done') void done(); else setStep('factor'); }} /> : <FactorForm demo={demo !== undefined} onDone={done} onBack={() => setStep('password')} />}
        {demo && step === 'password' && <DemoCard demo={demo} onDone={done} />}
      </main>
    </div>
  );
}

/** Runs an action, and keeps whether it runs and what it failed with. */
function useAction<A extends unknown[]>(action: (...args: A) => Promise<void>): { run: (...args: A) => void; pending: boolean; error: unknown } {
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = (...args: A): void => {
    setPending(true);
    setError(undefined);
    action(...args).catch(setError).finally(() => setPending(false));
  };
  return { run, pending, error };
}

function PasswordForm({ onNext }: { onNext: (next: 'factor' | 'done') => void }): ReactElement {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { run, pending, error } = useAction(async () => onNext(await signIn(email.trim(), password)));
  return (
    <form className="n-stack" onSubmit={(event) => { event.preventDefault(); run(); }}>
      {error !== undefined && <Notice tone="danger" icon="alert">{errorFacts(error).detail}</Notice>}
      <TextField label="E-mail address" name="email" type="email" autoComplete="username" autoFocus isRequired value={email} onChange={setEmail} />
      <TextField label="Password" name="password" type="password" autoComplete="current-password" isRequired value={password} onChange={setPassword} />
      <Button type="submit" kind="primary" wide isPending={pending}>Sign in</Button>
    </form>
  );
}

function FactorForm({ demo, onDone, onBack }: { demo: boolean; onDone: () => Promise<void>; onBack: () => void }): ReactElement {
  const client = useQueryClient();
  const [code, setCode] = useState('');
  const { run, pending, error } = useAction(async () => {
    await verifyFactor(code);
    await onDone();
  });
  const fillIn = (): void => void client.fetchQuery({ ...demoQuery, staleTime: 0 }).then((account) => { if (account) setCode(account.code); });
  return (
    <form className="n-stack" onSubmit={(event) => { event.preventDefault(); run(); }}>
      {error !== undefined && <Notice tone="danger" icon="alert">{errorFacts(error).detail}</Notice>}
      <TextField code label="Code from your authenticator" name="code" inputMode="numeric" autoComplete="one-time-code" autoFocus isRequired maxLength={6} value={code} onChange={(text) => setCode(text.replaceAll(/\D/g, ''))} />
      <Button type="submit" kind="primary" wide isDisabled={code.length !== 6} isPending={pending}>Continue</Button>
      <div className="n-row sign-in__links">
        <Button kind="quiet" small icon="arrowLeft" onPress={onBack}>Back</Button>
        {demo && <Button kind="quiet" small onPress={fillIn}>Fill in the demo account’s code</Button>}
      </div>
    </form>
  );
}

function DemoCard({ demo, onDone }: { demo: DemoAccount; onDone: () => Promise<void> }): ReactElement {
  const [waiting, setWaiting] = useState(false);
  const { run, pending, error } = useAction(async () => {
    await signInAsDemo(demo, () => setWaiting(true)).finally(() => setWaiting(false));
    await onDone();
  });
  return (
    <section className="sign-in__demo" aria-label="Demo account">
      <p className="n-row"><Icon name="test" /><strong>This is a local installation.</strong></p>
      <p className="n-muted">Sign in as <span className="n-untrusted">{demo.email}</span> without typing.</p>
      {error !== undefined && <Notice tone="danger" icon="alert">{errorFacts(error).detail}</Notice>}
      <Button wide isPending={pending} onPress={() => run()}>Use the demo account</Button>
      <p className="n-faint" role="status">{waiting && 'Each code works once: waiting for the next one, at most 30 seconds.'}</p>
    </section>
  );
}
