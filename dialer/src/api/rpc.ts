/** Made by rpc-types.mjs from the extension's catalog; do not edit. */
export interface Database {
  worldtune: {
    Tables: Record<string, never>;
    Views: Record<string, never>;
    CompositeTypes: {
      account: {
        balance: number | null;
        held: number | null;
        available: number | null;
        low_balance: boolean | null;
      };
      audit_finding: {
        object: string | null;
        state: string | null;
        detail: string | null;
        remedy: string | null;
      };
      call_authorization: {
        call_id: string | null;
        allowed: boolean | null;
        reason: string | null;
        country: string | null;
        iso_country: string | null;
        rate: number | null;
        max_seconds: number | null;
        balance: number | null;
        available: number | null;
        low_balance: boolean | null;
      };
      call_finding: {
        finding: string | null;
        call_sid: string | null;
        call_id: string | null;
        user_id: string | null;
        carrier_status: string | null;
        status: string | null;
        carrier_seconds: number | null;
        duration_seconds: number | null;
        cost: number | null;
        charged: number | null;
        ended_at: string | null;
      };
      call_reconciliation: {
        call_id: string | null;
        user_id: string | null;
        status: string | null;
        changed: boolean | null;
        billed: boolean | null;
        billed_seconds: number | null;
        credits_used: number | null;
        balance: number | null;
        carrier_cost: number | null;
        differences: string[] | null;
      };
      call_record: {
        call_id: string | null;
        call_sid: string | null;
        status: string | null;
        phone_number: string | null;
        country: string | null;
        iso_country: string | null;
        rate: number | null;
        connection_fee: number | null;
        minimum_seconds: number | null;
        increment_seconds: number | null;
        created_at: string | null;
        answered_at: string | null;
        ended_at: string | null;
        duration_seconds: number | null;
        billed_seconds: number | null;
        duration_minutes: number | null;
        credits_used: number | null;
        reject_reason: string | null;
        credits_refunded: number | null;
        recorded: boolean | null;
        transcript: string | null;
      };
      call_settlement: {
        call_id: string | null;
        user_id: string | null;
        status: string | null;
        changed: boolean | null;
        billed: boolean | null;
        billed_seconds: number | null;
        credits_used: number | null;
        balance: number | null;
      };
      charge_step: { step: number | null; item: string | null; detail: string | null; amount: number | null };
      country_rates: {
        country: string | null;
        iso_country: string | null;
        continent: string | null;
        calling_codes: string[] | null;
        rate_min: number | null;
        rate_max: number | null;
      };
      credit_check: {
        allowed: boolean | null;
        reason: string | null;
        balance: number | null;
        held: number | null;
        available: number | null;
        rate: number | null;
        required: number | null;
        max_seconds: number | null;
        low_balance: boolean | null;
        country: string | null;
        iso_country: string | null;
      };
      deck_import: {
        deck_id: number | null;
        name: string | null;
        format: string | null;
        rates: number | null;
        prefixes: number | null;
        effective_at: string | null;
      };
      deck_summary: {
        id: number | null;
        name: string | null;
        format: string | null;
        basis: string | null;
        markup: number | null;
        effective_at: string | null;
        imported_at: string | null;
        imported_by: string | null;
        rates: number | null;
        in_force: boolean | null;
        state: string | null;
      };
      integrity_violation: {
        invariant: string | null;
        user_id: string | null;
        call_id: string | null;
        detail: string | null;
      };
      ledger_entry: {
        entry_id: number | null;
        created_at: string | null;
        kind: string | null;
        delta: number | null;
        balance_after: number | null;
        call_id: string | null;
        call_sid: string | null;
        transaction_id: string | null;
        note: string | null;
      };
      live_event: {
        user_id: string | null;
        seq: number | null;
        at: string | null;
        type: string | null;
        balance: number | null;
        available: number | null;
        call_id: string | null;
        call_sid: string | null;
        status: string | null;
        number: string | null;
        duration_seconds: number | null;
        billed_seconds: number | null;
        cost: number | null;
        seconds_left: number | null;
        max_seconds: number | null;
        why: string | null;
        kind: string | null;
        muted: boolean | null;
        request_id: string | null;
      };
      losing_call: {
        call_id: string | null;
        user_id: string | null;
        call_sid: string | null;
        created_at: string | null;
        iso_country: string | null;
        prefix: string | null;
        price_source: string | null;
        rate: number | null;
        duration_seconds: number | null;
        charged: number | null;
        cost: number | null;
        loss: number | null;
        estimated: boolean | null;
      };
      operating_figures: {
        open_calls: number | null;
        held: number | null;
        overdue_seconds: number | null;
        calls_below_cost: number | null;
      };
      overdue_call: {
        call_id: string | null;
        user_id: string | null;
        call_sid: string | null;
        dial_call_sid: string | null;
        status: string | null;
        why: string | null;
        overdue_seconds: number | null;
      };
      placed_call: {
        call_id: string | null;
        allowed: boolean | null;
        reason: string | null;
        country: string | null;
        iso_country: string | null;
        rate: number | null;
        max_seconds: number | null;
        balance: number | null;
        available: number | null;
        low_balance: boolean | null;
        number: string | null;
        call_sid: string | null;
        status: string | null;
        created: boolean | null;
        connection_fee: number | null;
        minimum_seconds: number | null;
        increment_seconds: number | null;
      };
      rate_change: {
        prefix: string | null;
        origination: string | null;
        change: string | null;
        rate_a: number | null;
        rate_b: number | null;
        percent: number | null;
      };
      rate_quote: {
        number: string | null;
        country: string | null;
        iso_country: string | null;
        continent: string | null;
        prefix: string | null;
        description: string | null;
        rate: number | null;
        rate_min: number | null;
        rate_max: number | null;
        connection_fee: number | null;
        minimum_seconds: number | null;
        increment_seconds: number | null;
        deck_id: number | null;
      };
      rate_quote_at: {
        number: string | null;
        country: string | null;
        iso_country: string | null;
        continent: string | null;
        prefix: string | null;
        description: string | null;
        rate: number | null;
        rate_min: number | null;
        rate_max: number | null;
        connection_fee: number | null;
        minimum_seconds: number | null;
        increment_seconds: number | null;
        deck_id: number | null;
        price_source: string | null;
        origination: string | null;
        deck_prefix: string | null;
      };
      recording: {
        recording_sid: string | null;
        call_id: string | null;
        user_id: string | null;
        duration_seconds: number | null;
        stored_as: string | null;
        expires_at: string | null;
      };
      setup_step: { object: string | null; action: string | null; detail: string | null };
      uncharged_call: {
        call_id: string | null;
        user_id: string | null;
        call_sid: string | null;
        dial_call_sid: string | null;
        status: string | null;
        ended_at: string | null;
        last: boolean | null;
      };
    };
    Functions: {
      abandon_call: {
        Args: { call_id: string; user_id: string; note?: string };
        Returns: Database['worldtune']['CompositeTypes']['call_settlement'];
      };
      activate_deck: {
        Args: { deck_id: number };
        Returns: Database['worldtune']['CompositeTypes']['deck_summary'];
      };
      add_credits: {
        Args: { user_id: string; credits: number; payment_intent_id: string; amount: number };
        Returns: number;
      };
      adjust_credits: {
        Args: { user_id: string; credits: number; note: string; idempotency_key?: string };
        Returns: number;
      };
      anonymize_numbers: { Args: { older_than: string }; Returns: number };
      attach_call: {
        Args: { call_id: string; call_sid: string; user_id: string };
        Returns: Database['worldtune']['CompositeTypes']['placed_call'];
      };
      audit: {
        Args: Record<string, never>;
        Returns: Database['worldtune']['CompositeTypes']['audit_finding'][];
      };
      authorize_call: {
        Args: { user_id: string; number: string; call_sid?: string; caller_id?: string };
        Returns: Database['worldtune']['CompositeTypes']['call_authorization'];
      };
      call_cost: { Args: { number: string; seconds: number }; Returns: number };
      call_history: {
        Args: { page_size?: number; before?: string };
        Returns: Database['worldtune']['CompositeTypes']['call_record'][];
      };
      calling_code: { Args: { number: string }; Returns: string };
      calls_without_charges: {
        Args: { page_size?: number; pause_seconds?: number };
        Returns: Database['worldtune']['CompositeTypes']['uncharged_call'][];
      };
      cancel_deck: {
        Args: { deck_id: number };
        Returns: Database['worldtune']['CompositeTypes']['deck_summary'];
      };
      charges_given_up: {
        Args: { since: string };
        Returns: Database['worldtune']['CompositeTypes']['uncharged_call'][];
      };
      check_credit: {
        Args: { number: string; minutes?: number };
        Returns: Database['worldtune']['CompositeTypes']['credit_check'];
      };
      check_integrity: {
        Args: Record<string, never>;
        Returns: Database['worldtune']['CompositeTypes']['integrity_violation'][];
      };
      claim_dial: { Args: { user_id: string; call_sid: string }; Returns: boolean };
      compare_calls: {
        Args: { since: string; until: string; legs: unknown };
        Returns: Database['worldtune']['CompositeTypes']['call_finding'][];
      };
      compare_decks: {
        Args: { a: number; b: number };
        Returns: Database['worldtune']['CompositeTypes']['rate_change'][];
      };
      current_user_id: { Args: Record<string, never>; Returns: string };
      deck_in_force: { Args: { at?: string }; Returns: number };
      e164: { Args: { number: string }; Returns: string };
      expire_holds: { Args: Record<string, never>; Returns: number };
      expire_transcripts: { Args: Record<string, never>; Returns: number };
      expired_recordings: {
        Args: { page_size?: number; claim_seconds?: number };
        Returns: Database['worldtune']['CompositeTypes']['recording'][];
      };
      explain_charge: {
        Args: { call_sid: string };
        Returns: Database['worldtune']['CompositeTypes']['charge_step'][];
      };
      find_call: {
        Args: { user_id: string; call_sid: string };
        Returns: Database['worldtune']['CompositeTypes']['call_record'];
      };
      find_dial: { Args: { user_id: string; call_sid: string }; Returns: string };
      find_recording: {
        Args: { user_id: string; call_sid: string };
        Returns: Database['worldtune']['CompositeTypes']['recording'];
      };
      forget_recording: { Args: { user_id: string; recording_sid: string }; Returns: boolean };
      format_rate: { Args: { rate: number }; Returns: string };
      import_rates: {
        Args: {
          deck: string;
          name?: string;
          basis?: string;
          markup?: number;
          effective_at?: string;
          allow_free?: boolean;
          allow_losses?: boolean;
          allow_past?: boolean;
          dry_run?: boolean;
        };
        Returns: Database['worldtune']['CompositeTypes']['deck_import'];
      };
      library_version: { Args: Record<string, never>; Returns: string };
      list_countries: {
        Args: { search?: string; continent?: string };
        Returns: Database['worldtune']['CompositeTypes']['country_rates'][];
      };
      list_decks: {
        Args: Record<string, never>;
        Returns: Database['worldtune']['CompositeTypes']['deck_summary'][];
      };
      live_events: {
        Args: { user_ids: string[]; after: number[] };
        Returns: Database['worldtune']['CompositeTypes']['live_event'][];
      };
      lookup_rate: {
        Args: { number: string; caller_id?: string };
        Returns: Database['worldtune']['CompositeTypes']['rate_quote'][];
      };
      lookup_rate_at: {
        Args: { number: string; at: string; caller_id?: string };
        Returns: Database['worldtune']['CompositeTypes']['rate_quote_at'][];
      };
      losing_calls: {
        Args: { since: string };
        Returns: Database['worldtune']['CompositeTypes']['losing_call'][];
      };
      mask_number: { Args: { number: string }; Returns: string };
      my_account: {
        Args: Record<string, never>;
        Returns: Database['worldtune']['CompositeTypes']['account'][];
      };
      my_ledger: {
        Args: { page_size?: number; before?: string };
        Returns: Database['worldtune']['CompositeTypes']['ledger_entry'][];
      };
      name_dial: { Args: { user_id: string; call_sid: string; dial_call_sid: string }; Returns: undefined };
      operating_figures: {
        Args: Record<string, never>;
        Returns: Database['worldtune']['CompositeTypes']['operating_figures'];
      };
      overdue_calls: {
        Args: { max_calls?: number; claim_seconds?: number };
        Returns: Database['worldtune']['CompositeTypes']['overdue_call'][];
      };
      prepare_restore: { Args: Record<string, never>; Returns: undefined };
      prune_decks: {
        Args: { keep?: number; older_than?: string };
        Returns: Database['worldtune']['CompositeTypes']['deck_summary'][];
      };
      prune_live_events: { Args: { keep?: string; max_rows?: number }; Returns: number };
      rate_per_minute: { Args: { number: string }; Returns: number };
      reconcile_call: {
        Args: {
          call_sid: string;
          status: string;
          duration_seconds?: number;
          price?: number;
          user_id?: string;
          caller_leg_price?: number;
          dialled_leg_price?: number;
          price_unit?: string;
          dial_call_sid?: string;
        };
        Returns: Database['worldtune']['CompositeTypes']['call_reconciliation'];
      };
      record_call_quality: {
        Args: { user_id: string; call_sid: string; quality: unknown };
        Returns: undefined;
      };
      record_call_status: {
        Args: {
          call_sid: string;
          status: string;
          duration_seconds?: number;
          dial_call_sid?: string;
          occurred_at?: string;
          user_id?: string;
        };
        Returns: Database['worldtune']['CompositeTypes']['call_settlement'];
      };
      record_carrier_charge: {
        Args: {
          user_id: string;
          call_sid: string;
          item: string;
          sid: string;
          amount: number;
          price_unit?: string;
          estimated?: boolean;
        };
        Returns: boolean;
      };
      record_recording: {
        Args: {
          user_id: string;
          call_sid: string;
          recording_sid: string;
          status: string;
          duration_seconds?: number;
          retention_days?: number;
        };
        Returns: boolean;
      };
      record_transcript: {
        Args: {
          user_id: string;
          call_sid: string;
          transcription_sid: string;
          sequence_id: number;
          speaker: string;
          spoken: string;
          confidence?: number;
          retention_days?: number;
        };
        Returns: boolean;
      };
      refund_call: {
        Args: {
          call_sid: string;
          credits?: number;
          note?: string;
          user_id?: string;
          idempotency_key?: string;
        };
        Returns: number;
      };
      request_mute: {
        Args: { user_id: string; call_sid: string; muted: boolean; request_id: string };
        Returns: undefined;
      };
      resume_user: { Args: { user_id: string }; Returns: undefined };
      reverse_purchase: {
        Args: { payment_intent_id: string; note?: string; user_id?: string };
        Returns: number;
      };
      schema_version: { Args: Record<string, never>; Returns: string };
      setup: {
        Args: { dry_run?: boolean; close_holes?: boolean };
        Returns: Database['worldtune']['CompositeTypes']['setup_step'][];
      };
      start_call: {
        Args: { user_id: string; number: string; idempotency_key?: string; caller_id?: string };
        Returns: Database['worldtune']['CompositeTypes']['placed_call'];
      };
      store_recording: {
        Args: { user_id: string; recording_sid: string; stored_as: string };
        Returns: boolean;
      };
      suspend_user: { Args: { user_id: string; reason: string }; Returns: undefined };
      unstored_recordings: {
        Args: { page_size?: number; claim_seconds?: number };
        Returns: Database['worldtune']['CompositeTypes']['recording'][];
      };
      user_account: {
        Args: { user_id: string };
        Returns: Database['worldtune']['CompositeTypes']['account'];
      };
      user_call_history: {
        Args: { user_id: string; page_size?: number; before?: string };
        Returns: Database['worldtune']['CompositeTypes']['call_record'][];
      };
      user_check_credit: {
        Args: { user_id: string; number: string; minutes?: number; caller_id?: string };
        Returns: Database['worldtune']['CompositeTypes']['credit_check'];
      };
      user_explain_charge: {
        Args: { user_id: string; call_sid: string };
        Returns: Database['worldtune']['CompositeTypes']['charge_step'][];
      };
      user_ledger: {
        Args: { user_id: string; page_size?: number; before?: string };
        Returns: Database['worldtune']['CompositeTypes']['ledger_entry'][];
      };
      user_live_snapshot: {
        Args: { user_id: string; after?: number };
        Returns: Database['worldtune']['CompositeTypes']['live_event'][];
      };
    };
  };
}
