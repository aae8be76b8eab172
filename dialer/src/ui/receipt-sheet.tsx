import { useEffect, useState } from 'react';
import type { Receipt } from '../api/types.ts';
import { usePhone, useWords } from '../react/provider.tsx';
import { problemOf } from '../phone/problems.ts';
import { Icon } from './icon.tsx';
import { Sheet } from './sheet.tsx';

/** The step of a receipt that says what was paid stands apart, below the others. */
const PAID = 'paid';

function Steps({ receipt }: { receipt: Receipt }) {
  const { messages, money } = useWords();
  const { receipt: texts } = messages;
  const steps = receipt.steps.filter(({ item }) => item !== PAID);
  if (receipt.steps.length === 0) return <p className="wt-quiet">{texts.none}</p>;
  return (
    <>
      {receipt.paid !== null && (
        <p className="wt-paid">
          <span>{texts.paid}</span>
          <span className="wt-figures">{money(receipt.paid)}</span>
        </p>
      )}
      <ol className="wt-steps">
        {steps.map(({ step, item, detail, amount }) => (
          <li key={step}>
            <span className="wt-step-item">{texts.items[item] ?? item}</span>
            <span className="wt-step-detail">{detail}</span>
            {amount !== null && <span className="wt-step-amount wt-figures">{money(amount)}</span>}
          </li>
        ))}
      </ol>
      {receipt.agrees !== null && (
        <p className="wt-agrees" data-differs={!receipt.agrees || undefined}>
          <Icon name={receipt.agrees ? 'check' : 'warning'} size={18} />
          {receipt.agrees ? texts.agrees : texts.differs}
        </p>
      )}
    </>
  );
}

/** How a call came to its price, step by step, as the books explain it. */
export function ReceiptSteps({ callKey }: { callKey: string }) {
  const { api } = usePhone();
  const { messages } = useWords();
  const [receipt, setReceipt] = useState<Receipt | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    api.receipt(callKey).then(
      (answer) => gone || setReceipt(answer),
      (error) => gone || setProblem(problemOf(error).code),
    );
    return () => {
      gone = true;
    };
  }, [api, callKey]);
  if (problem)
    return (
      <p role="alert">{(messages.problem as Record<string, string>)[problem] ?? messages.problem.unknown}</p>
    );
  if (!receipt) return <p className="wt-skeleton">{messages.receipt.loading}</p>;
  return <Steps receipt={receipt} />;
}

export function ReceiptSheet({
  open,
  callKey,
  onClose,
}: {
  open: boolean;
  callKey: string;
  onClose(): void;
}) {
  const { receipt } = useWords().messages;
  return (
    <Sheet open={open} onClose={onClose} title={receipt.title} close={receipt.close}>
      <div className="wt-pad">{open && <ReceiptSteps callKey={callKey} />}</div>
    </Sheet>
  );
}
