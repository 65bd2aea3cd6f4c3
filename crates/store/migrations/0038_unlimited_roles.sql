-- A role that holds everywhere says nothing about places; one with empty lists holds nowhere.
update roles set data_scope = '{}' where data_scope = '{"areas":[],"stations":[]}';
