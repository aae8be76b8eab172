import { useId, useState } from 'react';
import { usePhone, usePhoneState, useWords } from '../react/provider.tsx';
import type { AudioDevice } from '../voice/voice.ts';
import { readPreferences, writePreferences, type Preferences } from '../phone/preferences.ts';
import { Sheet } from './sheet.tsx';

interface ChoiceProps {
  label: string;
  devices: AudioDevice[];
  value: string | null;
  onChoose(id: string): void;
}

function Choice({ label, devices, value, onChoose }: ChoiceProps) {
  const { sound } = useWords().messages;
  const id = useId();
  return (
    <div className="wt-field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value ?? 'default'}
        onChange={({ currentTarget }) => onChoose(currentTarget.value)}
      >
        {!devices.some((device) => device.id === 'default') && (
          <option value="default">{sound.standard}</option>
        )}
        {devices.map((device) => (
          <option key={device.id} value={device.id}>
            {device.label || sound.standard}
          </option>
        ))}
      </select>
    </div>
  );
}

interface SwitchProps {
  label: string;
  on: boolean;
  onChange(on: boolean): void;
}

function Switch({ label, on, onChange }: SwitchProps) {
  return (
    <label className="wt-switch">
      <span>{label}</span>
      <input type="checkbox" checked={on} onChange={({ currentTarget }) => onChange(currentTarget.checked)} />
    </label>
  );
}

function SoundChoices() {
  const { voice } = usePhone();
  usePhoneState();
  const { sound } = useWords().messages;
  const [preferences, setPreferences] = useState(readPreferences);
  const change = (one: Partial<Preferences>) => setPreferences(writePreferences(one));
  const { microphones, speakers } = voice;
  return (
    <>
      {microphones.length === 0 && <p className="wt-quiet">{sound.afterFirst}</p>}
      {microphones.length > 0 && (
        <Choice
          label={sound.microphone}
          devices={microphones}
          value={preferences.microphone}
          onChoose={(microphone) => {
            change({ microphone });
            voice.setMicrophone(microphone);
          }}
        />
      )}
      {voice.choosesSpeaker && speakers.length > 0 && (
        <Choice
          label={sound.speaker}
          devices={speakers}
          value={preferences.speaker}
          onChoose={(speaker) => {
            change({ speaker });
            voice.setSpeaker(speaker);
          }}
        />
      )}
      {microphones.length > 0 && !voice.choosesSpeaker && <p className="wt-quiet">{sound.noChoice}</p>}
      <Switch label={sound.tones} on={preferences.tones} onChange={(tones) => change({ tones })} />
      <Switch label={sound.haptics} on={preferences.haptics} onChange={(haptics) => change({ haptics })} />
    </>
  );
}

export function SoundSheet({ open, onClose }: { open: boolean; onClose(): void }) {
  const { sound } = useWords().messages;
  return (
    <Sheet open={open} onClose={onClose} title={sound.title} close={sound.close}>
      <div className="wt-pad wt-stack">
        <SoundChoices />
      </div>
    </Sheet>
  );
}
