-- What the staff did stays: nobody changes, deletes or truncates it. Installed by accounts' migrations.
CREATE OR REPLACE FUNCTION accounts_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: what the staff did stays', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER staff_act_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_staffact
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse();
